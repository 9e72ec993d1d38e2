//! Clients come and go: at most 256 at once, none leaves anything behind, none takes the server's socket with it.

use serde_json::Value;
use vj_bus::{ErrorCode, Message, Outcome};
use vj_core::ProcessName::TestWorker;
use vj_core::limits::CLIENTS_MAX;

use crate::support::bus::{Bus, exists, launch};
use crate::support::{real, within_deadline};

#[test]
fn the_257th_client_is_refused_with_an_error_until_another_leaves() {
    real(async {
        let bus = Bus::new();
        let (process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut clients = Vec::new();
        for _ in 0..CLIENTS_MAX {
            let mut raw = bus.raw(TestWorker).await;
            raw.assert_served().await;
            clients.push(raw);
        }
        let mut refused = bus.raw(TestWorker).await;
        let error = refused.next_error().await;
        assert_eq!((error.code, error.msg_id), (ErrorCode::Internal, None));
        assert!(error.error.contains("256 clients"), "{}", error.error);
        refused.closed().await;
        // The others do not notice, and a place that becomes free is given again.
        for raw in &mut clients {
            raw.assert_served().await;
        }
        drop(clients.pop());
        within_deadline(async {
            while process.links() >= CLIENTS_MAX {
                tokio::task::yield_now().await;
            }
        })
        .await;
        let mut late = bus.raw(TestWorker).await;
        late.assert_served().await;
    });
}

#[test]
fn d10_connections_that_end_are_released() {
    real(async {
        let bus = Bus::new();
        let (process, _ears) = bus.start_probe(TestWorker, launch()).await;
        for n in 0..250 {
            let mut client = bus.client(TestWorker).await;
            // Every other one also watches, and every third leaves with its answer unread.
            if n % 2 == 0 {
                assert!(matches!(client.call("watch", Value::Null).await, Outcome::Replied(_)));
            }
            if n % 3 == 0 {
                let mut raw = bus.raw(TestWorker).await;
                raw.write_frame(br#"{"type":"command","msg_id":"1","cmd":"get_state"}"#).await;
            } else {
                assert!(matches!(client.call("get_state", Value::Null).await, Outcome::Replied(_)));
            }
        }
        within_deadline(async {
            while process.links() > 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    });
}

#[test]
fn d9_a_client_that_leaves_does_not_take_the_socket_with_it() {
    real(async {
        let bus = Bus::new();
        let (_process, _ears) = bus.start_probe(TestWorker, launch()).await;
        let mut client = bus.client(TestWorker).await;
        assert!(matches!(client.call("get_state", Value::Null).await, Outcome::Replied(_)));
        drop(client);
        assert!(exists(&bus.socket(TestWorker)));
        let mut raw = bus.raw(TestWorker).await;
        raw.assert_served().await;
        raw.end().await;
        assert_eq!(raw.next().await, None);
        assert!(exists(&bus.socket(TestWorker)));
        assert!(matches!(bus.raw(TestWorker).await.ask("1", "get_state").await, Some(Message::Response(_))));
    });
}
