//! `/audio/levels`, thinned out: the loudest of each slice of time.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::units::{coarse, number};
use crate::osc_log::OscLine;
use vj_core::base64;

/// What `/audio/levels` carries, in order: seven bands from low to high, then the whole.
pub const BANDS: [&str; 8] = ["sub_bass", "bass", "low_mid", "mid", "high_mid", "presence", "air", "rms"];

/// Slices per second from which [`Levels::for_page`] chooses. Not more than 30: with two ticks to a slice, a tick that is a
/// little early or late never leaves one empty.
const PAGE_RATES: [u32; 6] = [30, 20, 10, 5, 2, 1];
/// The page's levels take this many slices at most, where one of the rates allows it: two hours at 10 a second, 0.8 MB.
const PAGE_SLICES_MAX: f64 = 72_000.0;
/// Stands for "nothing came" among the page's bytes.
const NOTHING: u8 = 255;

/// The levels in slices of equal length; a slice in which nothing came holds none.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// Slices per second.
    pub per_sec: u32,
    /// For each of [`BANDS`] the highest value of each slice, 0..1.
    pub bands: [Vec<Option<f64>>; 8],
}

impl Levels {
    /// The levels among `lines` from 0 to `end_sec`.
    #[must_use]
    pub fn of(lines: &[OscLine], per_sec: u32, end_sec: f64) -> Self {
        let slices = (end_sec * f64::from(per_sec)).ceil() as usize;
        let mut bands: [Vec<Option<f64>>; 8] = std::array::from_fn(|_| vec![None; slices]);
        for line in lines.iter().filter(|line| line.addr == "/audio/levels") {
            let slice = (line.t * f64::from(per_sec)) as usize;
            for (index, band) in bands.iter_mut().enumerate() {
                if let (Some(highest), Some(value)) = (band.get_mut(slice), number(line, index)) {
                    *highest = Some(highest.unwrap_or(0.0).max(coarse(value)));
                }
            }
        }
        Self { per_sec, bands }
    }

    /// As fine as the page can take.
    pub(super) fn for_page(lines: &[OscLine], end_sec: f64) -> Self {
        let fits = |rate: &u32| end_sec * f64::from(*rate) <= PAGE_SLICES_MAX;
        Self::of(lines, PAGE_RATES.into_iter().find(fits).unwrap_or(1), end_sec)
    }

    /// One byte a value, band after band: 0..=254 for 0..1, 255 where nothing came.
    pub(super) fn base64(&self) -> String {
        let byte = |value: &Option<f64>| {
            value.map_or(NOTHING, |value| (value.clamp(0.0, 1.0) * 254.0).round() as u8)
        };
        base64::encode(&self.bands.iter().flatten().map(byte).collect::<Vec<u8>>())
    }
}

impl Serialize for Levels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + BANDS.len()))?;
        map.serialize_entry("per_sec", &self.per_sec)?;
        for (name, values) in BANDS.iter().zip(&self.bands) {
            map.serialize_entry(name, values)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::levels;

    #[test]
    fn each_slice_holds_its_highest_and_a_gap_holds_none() {
        let lines = [levels(0.0, 0.2), levels(0.05, 0.7), levels(0.31, 0.4)];
        let thinned = Levels::of(&lines, 10, 0.45);
        assert_eq!(thinned.bands[7], [Some(0.7), None, None, Some(0.4), None]);
        assert_eq!(thinned.bands[0], thinned.bands[7]);
    }

    #[test]
    fn what_comes_after_the_end_is_left_out_and_short_messages_do_no_harm() {
        let mut short = levels(0.0, 0.2);
        short.args.truncate(3);
        let thinned = Levels::of(&[short, levels(9.0, 0.5)], 10, 0.1);
        assert_eq!(
            thinned.bands.map(|band| band[0]),
            [Some(0.2), Some(0.2), Some(0.2), None, None, None, None, None]
        );
    }

    #[test]
    fn two_hours_fit_into_a_megabyte() {
        let page = Levels::for_page(&[], 7_200.0);
        assert_eq!(page.per_sec, 10);
        assert!(page.base64().len() < 1_000_000);
        assert_eq!(Levels::for_page(&[], 150.0).per_sec, 30);
        assert_eq!(Levels::for_page(&[], 86_400.0).per_sec, 1);
    }
}
