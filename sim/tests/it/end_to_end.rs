//! The bundled set against its golden OSC log: what the visuals are told of tracks word for word, and of the sound as a hash
//! an address, since that is forty thousand messages.
//!
//! After a wanted change: `cargo insta review`, or `INSTA_UPDATE=always cargo test -p vj-sim end_to_end`.

use std::collections::BTreeMap;
use std::fmt::Write;

use vj_sim::ground::Driver;
use vj_sim::osc_log::OscLine;
use vj_sim::scenarios;

#[test]
fn the_set_gives_its_golden_log() {
    let run = scenarios::find("end-to-end").unwrap().play(&Driver::Virtual, 1);
    let violations: Vec<_> = run.violations.iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "{violations:#?}");
    insta::assert_snapshot!(golden(&run.osc));
}

fn golden(osc: &[OscLine]) -> String {
    let mut text = String::new();
    let mut sums: BTreeMap<&str, (u32, u64)> = BTreeMap::new();
    for line in osc {
        let args = serde_json::to_string(&line.args).unwrap();
        let whole = format!("{:.3} {} {} {}", line.t, line.addr, line.tags, args);
        if line.addr.starts_with("/karaoke/") {
            let _ = writeln!(text, "{whole} from {}", line.from);
        } else {
            let (count, hash) = sums.entry(&line.addr).or_insert((0, FNV_OFFSET));
            *count += 1;
            *hash = whole.bytes().fold(*hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME));
        }
    }
    for (addr, (count, hash)) in sums {
        let _ = writeln!(text, "{addr}: {count} messages, hash {hash:016x}");
    }
    text
}

/// Fowler, Noll and Vo's hash.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
