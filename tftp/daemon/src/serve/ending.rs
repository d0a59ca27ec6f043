//! The end of `adrc serve`, which waits for transfers until a second signal arrives.

use std::time::Duration;

use adr_server::Server;

use crate::platform::systemd;
use crate::signals::StopSignals;

/// How long the server waits for transfers in progress when it ends.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(50);

/// How much sooner it ends than the minute after which the process ends anyway. A publication may
/// have taken a part of that.
const RESERVE: Duration = Duration::from_secs(5);

/// Saves what is to be saved, and ends the server after transfers and connections in progress have
/// finished. With the second signal, which may have arrived before, it waits for nothing.
pub(super) async fn drain(server: Server, save: impl Future<Output = ()>, mut stops: StopSignals) {
    systemd::stopping();
    // cores that leave must not come back here
    server.drain();
    let (transfers, connections) = server.in_flight();
    let left = stops.time_left();
    let drain = async {
        save.await;
        tracing::info!(transfers, connections, "shutting down; transfers in progress may finish");
        server.shutdown(SHUTDOWN_TIMEOUT.min(left.saturating_sub(RESERVE))).await
    };
    let cut = tokio::select! {
        biased;
        () = stops.second() => {
            tracing::info!("a second signal: adrc ends at once");
            transfers + connections
        }
        cut = drain => cut,
    };
    if cut > 0 {
        tracing::warn!(cut, "transfers and connections were cut off");
    }
    tracing::info!("ended");
}
