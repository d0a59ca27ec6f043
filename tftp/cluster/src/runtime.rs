//! The thread that drives connections, and calls from other threads.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tracing::subscriber::NoSubscriber;

/// How much longer than its own limit a call waits for the thread.
const GRACE: Duration = Duration::from_secs(2);

/// A thread that drives everything asynchronous. It ends when this value is dropped.
#[derive(Debug)]
pub(crate) struct Runtime {
    handle: Handle,
    /// Dropping it ends the thread.
    _alive: oneshot::Sender<()>,
}

impl Runtime {
    /// Starts the thread. `Err`: the system gives none.
    pub(crate) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(2)
            .thread_name("nats-files")
            .build()?;
        let handle = runtime.handle().clone();
        let (alive, dropped) = oneshot::channel::<()>();
        thread::Builder::new().name("nats".to_owned()).spawn(move || {
            // the library logs each attempt to connect; here, errors reach the caller
            let _silent = tracing::subscriber::set_default(NoSubscriber::default());
            let _ = runtime.block_on(dropped);
            // name resolution of the system can hang
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, _alive: alive })
    }

    /// Runs a future on the thread, and waits for it at most for `limit` and a little longer. It is
    /// dropped after `limit`. `None`: it took longer, or panicked.
    ///
    /// The calling thread may be one of another runtime.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        limit: Duration,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.handle.spawn(async move {
            if let Ok(result) = tokio::time::timeout(limit, future).await {
                let _ = sender.send(result);
            }
        });
        receiver.recv_timeout(limit + GRACE).ok()
    }
}
