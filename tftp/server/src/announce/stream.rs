//! A stream of server-sent events: the current state, then every new state, with heartbeats in
//! between.

use std::convert::Infallible;

use adr_protocol::MOVING_EVENT;
use bytes::Bytes;
use futures_lite::Stream;
use futures_lite::stream::unfold;
use tokio::time::timeout;

use super::announcer::Listener;

/// Milliseconds after which a core reconnects for the first time; it doubles the time after that.
const RETRY_MILLISECONDS: u64 = 5_000;

/// A comment of server-sent events, sent while the state does not change.
const HEARTBEAT: &[u8] = b":\n\n";

/// The events for a listener, until it disconnects or announcing ends.
pub(super) fn events(mut listener: Listener) -> impl Stream<Item = Result<Bytes, Infallible>> {
    listener.current.mark_changed();
    unfold(Some((listener, true)), |open| async move {
        let (mut listener, is_first) = open?;
        let changed =
            timeout(listener.announcer.limits.heartbeat(), listener.current.changed()).await;
        let chunk = match changed {
            Ok(Ok(())) => {
                let (address, is_standby) = (listener.address, listener.is_standby);
                let current = listener.current.borrow_and_update();
                let Some(announced) = current.as_ref() else {
                    return Some((Ok(Bytes::from_static(MOVING_EVENT.as_bytes())), None));
                };
                match (is_first, is_standby) {
                    (true, true) => first(&announced.standby_event),
                    (true, false) => first(&announced.event),
                    (false, true) => announced.standby_event.clone(),
                    (false, false) => announced.event_for(address),
                }
            }
            Ok(Err(_)) => return None,
            Err(_) => Bytes::from_static(HEARTBEAT),
        };
        Some((Ok(chunk), Some((listener, false))))
    })
}

/// The first event, which also sets the reconnection time. It carries no files, because a core that
/// reconnects usually has them.
fn first(event: &Bytes) -> Bytes {
    let mut chunk = format!("retry: {RETRY_MILLISECONDS}\n").into_bytes();
    chunk.extend_from_slice(event);
    chunk.into()
}
