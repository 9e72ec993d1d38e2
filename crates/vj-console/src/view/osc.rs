//! The OSC screen: messages as they go, and how many of each address.

use ratatui::layout::Rect;
use serde_json::Value;
use vj_core::ProcessName;

use super::canvas::{Canvas, rows, split};
use super::master::WIDE;
use super::styles::Role;
use super::text::{cell, time_of_day};
use super::{setting, standing};
use crate::model::Model;
use crate::model::messages::{CapturedMessage, in_words};

const DEBUGGER: ProcessName = ProcessName::OscDebugger;

pub(super) fn render(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let (top, body) = rows(area, 3);
    capture(canvas, top, model);
    if area.width >= WIDE {
        let (left, right) = split(body, body.width - 46);
        messages(canvas, left, model);
        rates(canvas, right, model);
    } else if model.messages.shows_rates {
        rates(canvas, body, model);
    } else {
        messages(canvas, body, model);
    }
}

/// What the debugger captures, in two rows.
fn capture(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let said = standing::of_named(model, DEBUGGER);
    let inside = canvas.pane(area, "Captured", said.part());
    let state = model.state(DEBUGGER);
    if state.is_null() {
        canvas.row(
            inside,
            0,
            &[(Role::Warning, "No OSC debugger is reached: nothing is captured. 1 shows the workers.")],
        );
        return;
    }
    match state["listening"].as_str() {
        Some(address) => canvas.row(inside, 0, &[(Role::Faint, "listening on "), (Role::Normal, address)]),
        None => canvas.row(inside, 0, &[(Role::Alarm, "!! it listens nowhere")]),
    }
    let (_, right) = split(inside, 38);
    setting::row(
        canvas,
        (right, 0),
        model,
        (DEBUGGER, "logging_enabled"),
        &[(Role::Accent, "o"), (Role::Faint, " logging ")],
        "",
    );
    let figure = |name: &str| state["stats"][name].as_u64().unwrap_or_default();
    let (packets, messages) = (figure("packets"), figure("messages"));
    let counts = format!("{packets} packets, {messages} messages");
    let (malformed, left_out) = (figure("malformed"), figure("sampled_out"));
    let bad = format!(", {malformed} malformed");
    let sampled = format!(", {left_out} left out (too many a second)");
    canvas.row(
        inside,
        1,
        &[
            (Role::Normal, &counts),
            (if malformed > 0 { Role::Warning } else { Role::Faint }, &bad),
            (
                if left_out > 0 { Role::Warning } else { Role::Faint },
                if left_out > 0 { &sampled } else { "" },
            ),
        ],
    );
    if !said.is_live {
        canvas.fade(Rect { width: 38, ..inside });
        canvas.fade(Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside });
    }
}

fn messages(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let pane = &model.messages;
    let filter = if pane.filter.is_empty() { String::new() } else { format!(", filter '{}'", pane.filter) };
    let is_live = model.is_fresh(DEBUGGER);
    let (role, how) = match (pane.is_frozen, is_live) {
        (true, _) => (Role::Warning, "== FROZEN == f goes on"),
        (false, true) => (Role::Good, "live"),
        (false, false) => (Role::Warning, "! not live"),
    };
    let inside = canvas.pane(area, &format!("Messages{filter}"), (role, how));
    let room = usize::from(inside.height);
    let mut count = 0;
    for (from_below, message) in pane.shown().rev().take(room).enumerate() {
        draw(canvas, inside, (room - 1 - from_below) as u16, model, message);
        count += 1;
    }
    if count == 0 {
        let why = match (pane.messages.is_empty(), is_live) {
            (true, true) => "nothing was captured yet",
            (true, false) => "nothing is captured",
            (false, _) => "nothing fits the filter: Esc takes it away",
        };
        canvas.row(inside, 0, &[(Role::Faint, why)]);
    }
    if !is_live {
        canvas.fade(inside);
    }
}

fn draw(canvas: &mut Canvas<'_>, area: Rect, row: u16, model: &Model, message: &CapturedMessage) {
    let time = time_of_day(message.time_ms, model.ahead_of_utc_sec);
    let from = cell(&message.from, 18);
    let (role, address) =
        if message.is_malformed { (Role::Warning, "! no OSC") } else { (Role::Title, &*message.address) };
    // Long addresses push their arguments on; short ones keep them in a column.
    let address = if super::text::width(address) <= 23 { cell(address, 23) } else { address.to_owned() };
    canvas.row(
        area,
        row,
        &[
            (Role::Faint, &time),
            (Role::Normal, " "),
            (Role::Faint, &from),
            (role, &address),
            (Role::Normal, " "),
            (Role::Normal, &message.args),
        ],
    );
}

fn rates(canvas: &mut Canvas<'_>, area: Rect, model: &Model) {
    let addresses = model.state(DEBUGGER)["addresses"].as_array().map_or(&[][..], Vec::as_slice);
    let name = format!("{} addresses", addresses.len());
    let inside = canvas.pane(area, &name, (Role::Faint, "messages a second"));
    let (head, list) = rows(inside, 1);
    let is_roomy = inside.width >= 70;
    let title = format!(
        "  {}{:>8}{:>9} {}",
        cell("address", 24),
        "per sec",
        "count",
        if is_roomy { "from, last arguments" } else { "" }
    );
    canvas.row(head, 0, &[(Role::Faint, &title)]);
    let room = usize::from(list.height);
    let chosen = model.messages.list.at(addresses.len());
    let first = model.messages.list.first_shown(addresses.len(), room);
    for (at, address) in addresses.iter().enumerate().skip(first).take(room) {
        let row = (at - first) as u16;
        let name = cell(address["addr"].as_str().unwrap_or_default(), 24);
        let rate = format!("{:>8.1}", address["per_sec"].as_f64().unwrap_or_default());
        let count = format!("{:>9} ", address["count"].as_u64().unwrap_or_default());
        let args = if is_roomy { last_of(address) } else { String::new() };
        let mark = if at == chosen { "> " } else { "  " };
        canvas.row(
            list,
            row,
            &[
                (Role::Accent, mark),
                (Role::Title, &name),
                (Role::Strong, &rate),
                (Role::Faint, &count),
                (Role::Normal, &args),
            ],
        );
        if at == chosen {
            canvas.select(Rect { width: list.width.min(26), ..list }, row);
        }
    }
    if !model.is_fresh(DEBUGGER) {
        canvas.fade(inside);
    }
}

fn last_of(address: &Value) -> String {
    let args =
        address["args"].as_array().into_iter().flatten().take(16).map(in_words).collect::<Vec<_>>().join(" ");
    format!("{}  {args}", address["from"].as_str().unwrap_or_default())
}
