//! The audio inputs, to choose one.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::styles::Role;
use super::text::cell;
use crate::event::Device;
use crate::model::list::List;

pub(super) fn render(
    canvas: &mut Canvas<'_>,
    area: Rect,
    found: Option<&Result<Vec<Device>, String>>,
    list: List,
) {
    let inside = canvas.window(area, 76, 16, "Audio inputs", "Enter chooses, Esc leaves");
    let devices = match found {
        None => return canvas.row(inside, 0, &[(Role::Faint, "asking the system ...")]),
        Some(Err(why)) => {
            return canvas.row(
                inside,
                0,
                &[(Role::Alarm, "!! they could not be listed: "), (Role::Normal, why)],
            );
        }
        Some(Ok(devices)) if devices.is_empty() => {
            return canvas.row(inside, 0, &[(Role::Warning, "! the system knows of no audio input")]);
        }
        Some(Ok(devices)) => devices,
    };
    let room = usize::from(inside.height);
    let chosen = list.at(devices.len());
    let first = list.first_shown(devices.len(), room);
    for (at, device) in devices.iter().enumerate().skip(first).take(room) {
        let row = (at - first) as u16;
        let mark = if at == chosen { "> " } else { "  " };
        let heard = if device.is_chosen { "heard now  " } else { "           " };
        let name = cell(&device.name, 30);
        canvas.row(
            inside,
            row,
            &[
                (Role::Accent, mark),
                (Role::Strong, &name),
                (Role::Normal, " "),
                (Role::Good, heard),
                (Role::Faint, &device.about),
            ],
        );
        if at == chosen {
            canvas.select(inside, row);
        }
    }
}
