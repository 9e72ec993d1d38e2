//! A worker's connection to the manager: it registers, sends its heartbeats, and comes back when the manager does.

use std::rc::Rc;

use vj_core::ProcessName;
use vj_core::limits::{MANAGER_RETRY, REGISTER_TIMEOUT};

use super::beats::BeatQueue;
use super::desk::Desk;
use crate::connection::Connection;
use crate::message::{Message, Register};

/// Keeps the worker registered for as long as it lives.
pub(crate) async fn keep(desk: Rc<Desk>, register: Register) {
    let env = &desk.env;
    let mut said = String::new();
    while !desk.closing.is_asked() {
        if let Ok(link) = env.control.connect(ProcessName::ProcessManager).await {
            let why = stay(&desk, &register, Connection::new(link)).await;
            if desk.registered.replace(false) {
                desk.somebody_left.notify_one();
                said.clear();
            }
            // Said once: a manager that turns us away is tried again four times a second.
            if why != said && !desk.closing.is_asked() {
                env.log.info(format!("no process manager: {why}"));
                said = why;
            }
        }
        env.clock.sleep(MANAGER_RETRY).await;
    }
}

/// Registers over a fresh connection and stays until it is lost; says how it was.
async fn stay<L: vj_env::Link>(desk: &Desk, register: &Register, mut link: Connection<L>) -> String {
    // Listening starts before the register goes out: a change of status in between is not lost.
    let queue = desk.beats.listen();
    link.enqueue(&Message::Register(register.clone()));
    match desk.env.clock.timeout(REGISTER_TIMEOUT, registered(&mut link)).await {
        Ok(Ok(())) => desk.env.log.info("registered with the process manager"),
        Ok(Err(why)) => return why,
        Err(_) => return "it did not answer".to_owned(),
    }
    desk.registered.set(true);
    // A manager that is new knows nothing of a status that was said before its time.
    desk.beat();
    carry(desk, &mut link, &queue).await
}

async fn registered<L: vj_env::Link>(link: &mut Connection<L>) -> Result<(), String> {
    link.flush().await.map_err(|e| e.to_string())?;
    match link.next_frame().await {
        Ok(Some(frame)) => match Message::parse(&frame) {
            Ok(Message::Ack(ack)) if ack.success => Ok(()),
            Ok(Message::Ack(ack)) => {
                Err(ack.message.unwrap_or_else(|| "it refused the registration".to_owned()))
            }
            _ => Err("it answered the registration with something else".to_owned()),
        },
        Ok(None) => Err("the connection ended".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

async fn carry<L: vj_env::Link>(desk: &Desk, link: &mut Connection<L>, queue: &BeatQueue) -> String {
    loop {
        let unsent = link.has_unsent();
        tokio::select! {
            biased;
            beat = queue.next(unsent) => match beat {
                Ok(frame) => link.enqueue_encoded(&frame),
                Err(_) => return "it does not read".to_owned(),
            },
            // After the last heartbeat, before anything else.
            () = desk.closing.asked(), if !unsent => return "this process ends".to_owned(),
            moved = link.exchange() => {
                // The manager has nothing to say on this connection; what a newer one says is not for us.
                let frames = moved.and_then(|()| {
                    while link.take_frame()?.is_some() {}
                    Ok(())
                });
                if let Err(error) = frames {
                    return error.to_string();
                }
            }
        }
    }
}
