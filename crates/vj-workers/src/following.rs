//! One worker follows another over the control plane: it hears each heartbeat, and asks for the state whenever there is
//! reason to and each second anyway.
//!
//! Nothing here can get lost, as a datagram can, and there is no lease that could run out: a change that was missed is seen
//! within a second.

use std::time::Duration;

use serde_json::{Map, Value};
use vj_bus::{Client, Outcome};
use vj_core::{At, ProcessName};
use vj_env::Env;

/// Between two attempts to reach one that is not there.
const RETRY: Duration = Duration::from_millis(250);

/// Between two questions, however little happens: a stopped process keeps its connections.
const ASK: Duration = Duration::from_secs(1);

/// It answers within this, or it is gone.
const ANSWER: Duration = Duration::from_millis(500);

/// Whoever follows.
pub(crate) trait Follower {
    /// Its state, as it was at `looked_at`.
    fn hear(&self, state: &Value, looked_at: At);

    /// The figures of a heartbeat; returns whether they are reason to ask for the state at once.
    fn hear_heartbeat(&self, stats: &Map<String, Value>) -> bool;

    /// It is not there, or not any more. Said again with each attempt to reach it.
    fn is_gone(&self);
}

/// Follows `worker`, for ever.
pub(crate) async fn follow(env: &Env, worker: ProcessName, follower: &impl Follower) {
    loop {
        if let Ok(client) = Client::connect(&*env.control, &env.clock, worker).await {
            attend(env, client, follower).await;
        }
        follower.is_gone();
        env.clock.sleep(RETRY).await;
    }
}

/// Stays with it until it is gone.
async fn attend(env: &Env, mut client: Client, follower: &impl Follower) {
    let no_args = || Value::Object(Map::new());
    if client.call_within(ANSWER, "watch", no_args()).await.ok().is_err() {
        return;
    }
    loop {
        let asked_at = env.clock.now();
        match client.call_within(ANSWER, "get_state", no_args()).await {
            // It looked at its clock somewhere between the question and the answer.
            Outcome::Replied(reply) => {
                follower.hear(&reply.data, asked_at + env.clock.now().since(asked_at) / 2);
            }
            Outcome::Refused(_) | Outcome::Unknown(_) => return,
        }
        let ask_at = env.clock.now() + ASK;
        loop {
            tokio::select! {
                biased;
                heartbeat = client.next_heartbeat() => match heartbeat {
                    Ok(heartbeat) if follower.hear_heartbeat(&heartbeat.stats) => break,
                    Ok(_) => {}
                    Err(_) => return,
                },
                () = env.clock.sleep_until(ask_at) => break,
            }
        }
    }
}
