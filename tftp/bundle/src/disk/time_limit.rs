//! A limit on the time of work that may hang, such as reading from a network drive.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::time::Duration;

use thiserror::Error;

use crate::phrase::phrase;

/// How long a program that must not hang waits for a disk or a network drive. A disk that starts
/// up takes some ten seconds.
pub const IO_TIME_LIMIT: Duration = Duration::from_secs(30);

/// Most threads of one [`TimeLimit`] that hang at the same time. Each takes some kilobytes, and
/// ends when the drive answers.
pub const MAX_HANGING_THREADS: usize = 4;

/// Runs pieces of work, one after the other, on a thread of its own, and waits for each at most for
/// a time. Nothing can end a thread that hangs in the operating system: it is left behind, and the
/// next piece of work gets another thread.
///
/// ```
/// use std::time::Duration;
///
/// use adr_bundle::disk::{TimeLimit, Unfinished};
///
/// let mut limit = TimeLimit::new("disk", Duration::from_millis(50));
/// assert_eq!(limit.run(|_| 2 + 2).unwrap(), 4);
/// let (sender, receiver) = std::sync::mpsc::channel::<()>();
/// let late = limit.run(move |_| receiver.recv().is_ok());
/// assert!(matches!(late, Err(Unfinished::TimedOut(_))));
/// assert_eq!(limit.run(|_| 2 + 2).unwrap(), 4);
/// # drop(sender);
/// ```
#[derive(Debug)]
pub struct TimeLimit {
    /// The name of the thread.
    name: &'static str,
    limit: Duration,
    /// Number of threads that were left behind and have not ended yet.
    hanging: Arc<AtomicUsize>,
    /// Sends work to the thread; `None` if there is none that waits for work.
    thread: Option<Sender<Work>>,
}

type Work = Box<dyn FnOnce() + Send>;

/// One piece of work, seen from inside.
#[derive(Clone, Debug)]
pub struct Attempt(Arc<AtomicU8>);

/// The work is in progress.
const RUNNING: u8 = 0;
/// The work ended in time.
const ENDED: u8 = 1;
/// The time was over first.
const ABANDONED: u8 = 2;

impl Attempt {
    /// Whether nobody waits for the result any more. Work with an effect, such as publishing, must
    /// then have none: newer work may have had its effect meanwhile.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::SeqCst) == ABANDONED
    }

    /// Returns whether the work was still running.
    fn becomes(&self, state: u8) -> bool {
        self.0.compare_exchange(RUNNING, state, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

/// Why there is no result.
#[derive(Debug, Error)]
pub enum Unfinished {
    /// The time was over.
    #[error("the disk or network drive does not answer within {} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// [`MAX_HANGING_THREADS`] are left behind already, and none of them has ended.
    #[error(
        "the disk or network drive does not answer: {MAX_HANGING_THREADS} attempts wait for it"
    )]
    TooManyHang,
    /// The work panicked with this message.
    #[error("internal error: {0}")]
    Panicked(String),
    /// The operating system does not start a thread.
    #[error("threads: {}", phrase(.0))]
    NoThread(#[source] io::Error),
}

impl Unfinished {
    /// The end of work by this panic.
    #[must_use]
    pub fn panicked(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "panic".to_owned()))
    }
}

impl TimeLimit {
    /// A limit for pieces of work. `name` is that of the thread, which starts with the first one.
    #[must_use]
    pub fn new(name: &'static str, limit: Duration) -> Self {
        Self { name, limit, hanging: Arc::default(), thread: None }
    }

    /// Runs a piece of work, and waits for its result.
    ///
    /// # Errors
    ///
    /// See [`Unfinished`]. If the time is over, the work may still end later.
    pub fn run<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Attempt) -> T + Send + 'static,
    ) -> Result<T, Unfinished> {
        self.run_within(self.limit, work)
    }

    /// Runs a piece of work that has another time limit.
    ///
    /// # Errors
    ///
    /// As for [`TimeLimit::run`].
    pub fn run_within<T: Send + 'static>(
        &mut self,
        limit: Duration,
        work: impl FnOnce(&Attempt) -> T + Send + 'static,
    ) -> Result<T, Unfinished> {
        if self.hanging.load(Ordering::SeqCst) >= MAX_HANGING_THREADS {
            return Err(Unfinished::TooManyHang);
        }
        let attempt = Attempt(Arc::new(AtomicU8::new(RUNNING)));
        let (sender, receiver) = sync_channel(1);
        let (inside, hanging) = (attempt.clone(), Arc::clone(&self.hanging));
        self.send(Box::new(move || {
            let result = catch_unwind(AssertUnwindSafe(|| work(&inside)));
            // nobody receives the result of work that was abandoned
            let _ = sender.send(result.map_err(|panic| Unfinished::panicked(&*panic)));
            if !inside.becomes(ENDED) {
                hanging.fetch_sub(1, Ordering::SeqCst);
            }
        }))?;
        if let Ok(result) = receiver.recv_timeout(limit) {
            return result;
        }
        self.hanging.fetch_add(1, Ordering::SeqCst);
        if attempt.becomes(ABANDONED) {
            self.thread = None;
            return Err(Unfinished::TimedOut(limit));
        }
        // it ended just now
        self.hanging.fetch_sub(1, Ordering::SeqCst);
        receiver.recv().unwrap_or(Err(Unfinished::TimedOut(limit)))
    }

    fn send(&mut self, work: Work) -> Result<(), Unfinished> {
        let work = match &self.thread {
            Some(thread) => match thread.send(work) {
                Ok(()) => return Ok(()),
                Err(unsent) => unsent.0,
            },
            None => work,
        };
        let (sender, receiver) = channel::<Work>();
        let run = move || receiver.into_iter().for_each(|work| work());
        let thread = std::thread::Builder::new().name(self.name.to_owned()).spawn(run);
        thread.map_err(Unfinished::NoThread)?;
        // the thread waits for work as long as this sender exists
        let _ = sender.send(work);
        self.thread = Some(sender);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Receiver;
    use std::thread::yield_now;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    /// Work that hangs until the sender is dropped; it says afterwards whether it was abandoned.
    fn hang(limit: &mut TimeLimit) -> (Sender<()>, Receiver<bool>) {
        let (release, released) = channel::<()>();
        let (report, reports) = channel();
        let result = limit.run(move |attempt| {
            let _ = released.recv();
            let _ = report.send(attempt.is_abandoned());
        });
        assert!(matches!(result, Err(Unfinished::TimedOut(_))), "{result:?}");
        (release, reports)
    }

    #[test]
    fn work_that_hangs_is_left_behind_up_to_a_limit() {
        let mut limit = TimeLimit::new("test", SHORT);
        let mut hanging: Vec<_> = (0..MAX_HANGING_THREADS).map(|_| hang(&mut limit)).collect();
        assert!(matches!(limit.run(|_| ()), Err(Unfinished::TooManyHang)));
        let (release, report) = hanging.pop().unwrap();
        drop(release);
        assert_eq!(report.recv(), Ok(true));
        while limit.hanging.load(Ordering::SeqCst) == MAX_HANGING_THREADS {
            yield_now();
        }
        limit.limit = IO_TIME_LIMIT;
        assert_eq!(limit.run(|_| 1).unwrap(), 1);
        drop(hanging);
    }

    #[test]
    fn panic_is_an_error_and_the_next_work_runs() {
        let mut limit = TimeLimit::new("test", IO_TIME_LIMIT);
        let error = limit.run(|_| panic!("number {}", 7)).unwrap_err();
        assert_eq!(error.to_string(), "internal error: number 7");
        assert!(!limit.run(Attempt::is_abandoned).unwrap());
    }
}
