//! Takes up a config that somebody edits in the middle of a show. A bad one changes nothing and is shown until it is mended.

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::desk::Desk;
use super::overrides;
use crate::inbox::Event;
use crate::launch::{ConfigNews, ConfigWatch, Launch};

/// Between two looks at the config.
const LOOKS: Duration = Duration::from_secs(1);

pub(crate) async fn follow(desk: Rc<Desk>, config: ConfigWatch) {
    let mut said = String::new();
    loop {
        match config.look() {
            ConfigNews::Unchanged => {}
            ConfigNews::Changed(launch) => match take_up(&desk, *launch).await {
                Ok(()) => {
                    desk.board.set_field("config_error", Value::Null);
                    said.clear();
                }
                Err(why) => complain(&desk, &mut said, why),
            },
            ConfigNews::Bad(why) => complain(&desk, &mut said, why),
        }
        desk.env.clock.sleep(LOOKS).await;
    }
}

fn complain(desk: &Desk, said: &mut String, why: String) {
    if *said != why {
        desk.board.fail(format!("the config is bad, and the last good one stays in force: {why}"));
        desk.board.set_field("config_error", why.clone());
        *said = why;
    }
}

async fn take_up(desk: &Desk, launch: Launch) -> Result<(), String> {
    let _turn = desk.settings_turn.lock().await;
    let old = desk.board.with_settings(Clone::clone);
    let mut settings = old.clone();
    for (source, values) in launch.layers {
        settings.set_layer(source, values).map_err(|e| e.to_string())?;
    }
    (desk.check)(&settings)?;
    let changed = settings.changed_since(&old);
    if settings.overrides_to_json() != old.overrides_to_json() {
        // An override that fell must not come back with the next start.
        if let Err(error) = overrides::keep(&desk.env, &settings).await {
            desk.env.log.warn(format!("failed to keep the settings: {error}"));
        }
    }
    desk.board.replace_settings(settings);
    desk.emitter.set_config(launch.telemetry);
    *desk.prefer.borrow_mut() = launch.prefer;
    if desk.heartbeat.replace(launch.heartbeat) != launch.heartbeat {
        desk.heartbeat_changed.notify_one();
    }
    if changed.is_empty() {
        desk.env.log.info("the config was read again");
    } else {
        desk.env.log.info(format!("the config was read again; changed: {}", changed.join(", ")));
    }
    desk.tell(Event::SettingsChanged(changed));
    Ok(())
}
