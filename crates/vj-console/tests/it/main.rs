//! The crate from outside: tapes of events go in, effects and screens come out.

mod hostile;
mod overlays;
mod picture;
mod screens;
mod show;
mod themes;
mod update_follow;
mod update_keys;
mod update_links;
mod update_palette;
mod update_wishes;
