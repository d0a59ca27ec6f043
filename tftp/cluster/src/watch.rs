//! Waits for another generation.
//!
//! Publishers announce a change on a subject after NATS accepted it. An announcement is a reason
//! to look, and nothing that is believed; where one is lost, looking every second finds the change.
//! So no consumer is needed, and none can be lost with its server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use adr_watcher::publish::Base;
use async_nats::Subscriber;
use futures_util::StreamExt;

use crate::connection::Connection;
use crate::fault::Fault;
use crate::shared::Shared;

/// How often it looks without an announcement.
const POLL: Duration = Duration::from_secs(1);

/// The shortest time between two looks, whatever is announced.
const PAUSE: Duration = Duration::from_millis(10);

impl Shared {
    /// Waits for another generation than `known`, at most for `timeout`. Returns what is current.
    pub(crate) async fn watch(
        &self,
        known: Option<Base>,
        timeout: Duration,
        deadline: Instant,
    ) -> Result<Option<Base>, Fault> {
        let end = Instant::now() + timeout;
        loop {
            // before it looks: what is published afterwards is announced afterwards
            let mut announced = self.announcements(deadline).await?;
            loop {
                let current = self.current(deadline).await?.1.map(|current| current.base());
                let left = end.saturating_duration_since(Instant::now());
                if current != known || left.is_zero() {
                    return Ok(current);
                }
                tokio::time::sleep(PAUSE.min(left)).await;
                let next = tokio::time::timeout(POLL.min(left), announced.next());
                // the connection broke
                if let Ok(None) = next.await {
                    break;
                }
            }
        }
    }

    async fn announcements(&self, deadline: Instant) -> Result<Subscriber, Fault> {
        let subscribe = |connection: Arc<Connection>| {
            let subject = self.names.state();
            async move { connection.client.subscribe(subject).await.map_err(Fault::of) }
        };
        self.run(deadline, subscribe).await
    }
}
