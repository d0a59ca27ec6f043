//! Converts signals to events: SIGHUP requests a reload, SIGTERM and SIGINT end the daemon. On
//! Windows, events of the console end it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use adr_watcher::supervisor::Cause;
use tokio::sync::{mpsc, watch};

use crate::Error;
use crate::event::Event;
use crate::platform::{Signal, Signals};
use crate::writing::Writing;

/// How many SIGTERM and SIGINT were received. A task that asks late misses none of them.
#[derive(Clone, Debug)]
pub(crate) struct StopSignals {
    count: watch::Receiver<u32>,
    /// What the process must not end without.
    work: Work,
}

/// What the process must not end without.
#[derive(Clone, Debug)]
struct Work {
    /// Whether the first job has ended: then there may be transfers to wait for.
    has_started: Arc<AtomicBool>,
    /// Whether a generation is being written.
    writing: Writing,
    /// When the first signal was received.
    first_signal: Arc<OnceLock<Instant>>,
}

impl Work {
    /// Whether the process still waits for something to read, so that it ends at once.
    fn has_none(&self) -> bool {
        !self.has_started.load(Ordering::SeqCst) && !self.writing.is_running()
    }
}

impl StopSignals {
    /// Waits until two signals were received since the start of the process.
    pub(crate) async fn second(&mut self) {
        if self.count.wait_for(|&count| count >= 2).await.is_err() {
            // nothing receives signals any more
            std::future::pending::<()>().await;
        }
    }

    /// How much of the time that the process may take to end is left.
    pub(crate) fn time_left(&self) -> Duration {
        let first = self.work.first_signal.get();
        END_WITHIN.saturating_sub(first.map_or(Duration::ZERO, Instant::elapsed))
    }

    /// Notes that the first job has ended. Before that, a signal ends the process after a second.
    pub(crate) fn started(&self) {
        self.work.has_started.store(true, Ordering::SeqCst);
    }
}

/// How long the process may take to end after the first signal, whatever computes or hangs. A
/// service manager kills it after 90 seconds.
pub(crate) const END_WITHIN: Duration = Duration::from_secs(60);

/// The same after a second signal.
const END_AT_ONCE: Duration = Duration::from_secs(5);

/// The same while the process starts, and waits for a disk or network drive: it serves nobody, and
/// publishes nothing yet.
const END_OF_START: Duration = Duration::from_secs(1);

/// The exit status of a process that did not end in time by itself.
const NOT_IN_TIME: i32 = 2;

/// Ends the process after a time, by a thread that nothing else can hold up.
fn end_after(time: Duration, work: Work) {
    let end = move || {
        if work.has_none() {
            std::thread::sleep(END_OF_START);
        }
        // the start may have ended meanwhile, or publish
        if work.has_none() {
            tracing::info!("ended");
            exit(0);
        }
        std::thread::sleep(time);
        tracing::error!("a part of adrc does not end; the process ends without it");
        exit(NOT_IN_TIME);
    };
    let thread = std::thread::Builder::new().name("end".to_owned()).spawn(end);
    if let Err(error) = thread {
        tracing::warn!(%error, "nothing limits the time until the process ends");
    }
}

/// Ends the process after the last line of the log, which another thread writes.
#[expect(clippy::exit, reason = "the rest of the process may hang, so that it cannot return")]
fn exit(status: i32) -> ! {
    std::thread::sleep(LAST_LINE);
    std::process::exit(status);
}

/// Time for the last line of the log.
const LAST_LINE: Duration = Duration::from_millis(200);

/// Starts receiving signals. Must be called within a runtime whose workers run tasks while the
/// receiver of the events does not.
pub(crate) fn listen(events: &mpsc::Sender<Event>, writing: Writing) -> Result<StopSignals, Error> {
    let mut signals = Signals::listen().map_err(Error::Signals)?;
    let events = events.clone();
    let (count, received) = watch::channel(0);
    let (has_started, first_signal) = (Arc::default(), Arc::default());
    let work = Work { has_started, writing, first_signal };
    let stops = StopSignals { count: received, work: work.clone() };
    tokio::spawn(async move {
        // no signal after the second can end the process any sooner
        while *count.borrow() < 2 {
            if signals.next().await == Signal::Reload {
                // a full channel contains reloads that will read the newest rules
                let _ = events.try_send(Event::Reload(Cause::Signal, None));
                continue;
            }
            count.send_modify(|count| *count += 1);
            let time = if *count.borrow() < 2 { END_WITHIN } else { END_AT_ONCE };
            work.first_signal.get_or_init(Instant::now);
            end_after(time, work.clone());
            // a receiver that hangs must not keep the next signal waiting
            let events = events.clone();
            tokio::spawn(async move { events.send(Event::Stop).await });
        }
    });
    Ok(stops)
}
