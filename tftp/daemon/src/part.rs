//! Starts a part of the process on a thread of its own, and starts it again after a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use adr_bundle::disk::Unfinished;
use adr_server::{BackOff, Part};
use tokio::sync::mpsc;

use crate::Error;
use crate::event::Event;

/// Starts a thread with this name, which calls `run` once. If that panics, or reports a panic of
/// its work, `run` is called again after a pause, until the receiver of events is dropped.
///
/// # Errors
///
/// The operating system does not start a thread.
pub(crate) fn start(
    name: &str,
    part: Part,
    events: mpsc::Sender<Event>,
    mut run: impl FnMut() -> Result<(), Unfinished> + Send + 'static,
) -> Result<(), Error> {
    let supervise = move || {
        let mut back_off = BackOff::new();
        while !matches!(catch_unwind(AssertUnwindSafe(&mut run)), Ok(Ok(()))) {
            if events.blocking_send(Event::Restarted(part)).is_err() {
                return;
            }
            thread::sleep(back_off.pause());
        }
    };
    let thread = thread::Builder::new().name(name.to_owned()).spawn(supervise);
    thread.map(drop).map_err(Error::Threads)
}

/// The result of work on a disk; the reason if it did not end in time.
///
/// # Errors
///
/// The work panicked, for [`start`].
pub(crate) fn unless_panicked<T>(
    result: Result<T, Unfinished>,
) -> Result<Result<T, Unfinished>, Unfinished> {
    match result {
        Err(panicked @ Unfinished::Panicked(_)) => Err(panicked),
        result => Ok(result),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use adr_bundle::disk::{IO_TIME_LIMIT, TimeLimit};
    use adr_server::Faults;
    use tokio::time::timeout;

    use super::*;
    use crate::event::channel;

    /// How long a test waits for an event.
    const PATIENCE: Duration = Duration::from_secs(120);

    /// Faults by which the first two visits to a part panic, and the number of visits.
    pub(crate) fn faults(part: Part) -> (Faults, Arc<AtomicUsize>) {
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        let inject = move |reached| {
            assert_eq!(reached, part);
            assert!(counted.fetch_add(1, Ordering::SeqCst) >= 2, "injected");
        };
        (Faults::new(inject), visits)
    }

    /// Waits for two restarts of a part, and for the visit that follows.
    pub(crate) async fn wait_for_restarts(
        part: Part,
        events: &mut mpsc::Receiver<Event>,
        visits: &AtomicUsize,
    ) {
        for _ in 0..2 {
            let event = timeout(PATIENCE, events.recv()).await.unwrap();
            assert!(matches!(&event, Some(Event::Restarted(it)) if *it == part), "{event:?}");
        }
        let third = async {
            while visits.load(Ordering::SeqCst) < 3 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, third).await.unwrap();
    }

    #[tokio::test]
    async fn part_that_panics_by_itself_or_in_its_work_is_started_again() {
        let (sender, mut events) = channel();
        let (faults, visits) = faults(Part::Mounts);
        let (mut calls, mut disk) = (0, TimeLimit::new("test", IO_TIME_LIMIT));
        let run = move || {
            calls += 1;
            if calls == 1 {
                faults.reach(Part::Mounts);
            }
            let of_work = faults.clone();
            unless_panicked(disk.run(move |_| of_work.reach(Part::Mounts)))?
        };
        start("test", Part::Mounts, sender, run).unwrap();
        wait_for_restarts(Part::Mounts, &mut events, &visits).await;
        assert!(timeout(PATIENCE, events.recv()).await.unwrap().is_none(), "it has ended");
        assert_eq!(visits.load(Ordering::SeqCst), 3);
    }
}
