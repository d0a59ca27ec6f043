//! A stream of server-sent events: the state now, every state that follows, and a sign of life
//! while nothing does.

use std::convert::Infallible;

use bytes::Bytes;
use futures_lite::Stream;
use futures_lite::stream::unfold;
use tokio::time::timeout;

use super::Listener;

/// How long a core waits before it connects again, in milliseconds, before it doubles the time.
const RETRY: u64 = 5_000;

/// What is told when nothing is new.
const SIGN_OF_LIFE: &[u8] = b":\n\n";

/// The events for a listener, until it goes or there is nothing more to come.
pub(super) fn events(mut listener: Listener) -> impl Stream<Item = Result<Bytes, Infallible>> {
    listener.current.mark_changed();
    unfold((listener, true), |(mut listener, is_first)| async move {
        let changed =
            timeout(listener.announcer.limits.heartbeat(), listener.current.changed()).await;
        let chunk = match changed {
            Ok(Ok(())) => {
                let current = listener.current.borrow_and_update();
                let announced = current.as_ref()?;
                if is_first {
                    first(&announced.event)
                } else {
                    announced.event_for(listener.address)
                }
            }
            Ok(Err(_)) => return None,
            Err(_) => Bytes::from_static(SIGN_OF_LIFE),
        };
        Some((Ok(chunk), (listener, false)))
    })
}

/// The first event tells as well when to come again, and brings no files: whoever comes back has
/// them as a rule.
fn first(event: &Bytes) -> Bytes {
    let mut chunk = format!("retry: {RETRY}\n").into_bytes();
    chunk.extend_from_slice(event);
    chunk.into()
}
