//! A bounded queue between the threads that log and standard error, whose reader may stand still.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use adr_server::Part;
use prometheus_client::metrics::counter::Counter;

use super::RESTARTS;

/// Most lines that wait to be written; further ones are dropped.
const LINES: usize = 8_192;

/// Most bytes that are written at once.
const BATCH_BYTES: usize = 64 << 10;

/// Pause once all lines are written, in which the next batch gathers. A thread that sleeps needs no
/// wake-up for each line.
const BATCH_PAUSE: Duration = Duration::from_millis(5);

/// Pause before the thread starts again after a panic.
const RESTART_PAUSE: Duration = Duration::from_millis(100);

/// How long the end of a process waits for its last lines to be written.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Takes lines without ever waiting, and writes them on a thread of its own.
#[derive(Debug)]
pub(crate) struct LogQueue {
    entries: SyncSender<Entry>,
    /// Counts lines that were dropped.
    dropped: Counter,
    /// Whether lines were dropped that no line has reported yet.
    has_dropped: AtomicBool,
}

#[derive(Debug)]
enum Entry {
    Line(Vec<u8>),
    /// Answered when all entries before it are written.
    Flush(SyncSender<()>),
}

impl LogQueue {
    /// Starts the thread that writes lines to `output`.
    ///
    /// # Errors
    ///
    /// The operating system does not start a thread.
    pub(super) fn start(output: impl Write + Send + 'static, dropped: Counter) -> io::Result<Self> {
        let (entries, receiver) = sync_channel(LINES);
        let mut output = output;
        let write = move || {
            // a line whose writing panics is lost
            while catch_unwind(AssertUnwindSafe(|| write_all(&mut output, &receiver))).is_err() {
                RESTARTS.count(Part::Log);
                std::thread::sleep(RESTART_PAUSE);
            }
        };
        std::thread::Builder::new().name("log".to_owned()).spawn(write)?;
        Ok(Self { entries, dropped, has_dropped: AtomicBool::new(false) })
    }

    /// Reports lines that were dropped, now that there is room again.
    fn report_dropped(&self) {
        if self.has_dropped.swap(false, Ordering::Relaxed) {
            let total = self.dropped.get();
            tracing::warn!(total, "log lines were dropped: the reader of the log does not keep up");
        }
    }

    /// Queues a line, or several that belong together.
    pub(crate) fn add(&self, lines: Vec<u8>) {
        match self.entries.try_send(Entry::Line(lines)) {
            Ok(()) => self.report_dropped(),
            Err(_) => {
                self.dropped.inc();
                self.has_dropped.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Waits until the lines so far are written, at most for a second.
    pub(super) fn flush(&self) {
        let end = Instant::now() + FLUSH_TIMEOUT;
        let (done, written) = sync_channel(1);
        let mut entry = Entry::Flush(done);
        while let Err(TrySendError::Full(unsent)) = self.entries.try_send(entry) {
            if Instant::now() >= end {
                return;
            }
            std::thread::sleep(BATCH_PAUSE);
            entry = unsent;
        }
        let _ = written.recv_timeout(end.saturating_duration_since(Instant::now()));
    }
}

impl Write for &LogQueue {
    /// Queues one line; the subscriber writes each with one call.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.add(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes lines in batches until all senders are gone. Errors are ignored, because standard error
/// may be closed.
fn write_all(mut output: impl Write, entries: &Receiver<Entry>) {
    let mut batch = Vec::with_capacity(BATCH_BYTES);
    while let Ok(first) = entries.recv() {
        let mut next = Some(first);
        let mut flushed = Vec::new();
        while let Some(entry) = next {
            match entry {
                Entry::Line(line) => batch.extend_from_slice(&line),
                Entry::Flush(done) => flushed.push(done),
            }
            next = if batch.len() < BATCH_BYTES { entries.try_recv().ok() } else { None };
        }
        let is_full = batch.len() >= BATCH_BYTES;
        let _ = output.write_all(&batch).and_then(|()| output.flush());
        batch.clear();
        for done in flushed {
            // the thread that waited may have given up
            let _ = done.try_send(());
        }
        if !is_full {
            std::thread::sleep(BATCH_PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// An output that stands still until a message arrives for each write.
    struct Output {
        releases: Receiver<()>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.releases.recv().map_err(io::Error::other)?;
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// An output that panics at the first write.
    struct Panicking(Arc<Mutex<Vec<u8>>>);

    impl Write for Panicking {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut written = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let is_first = written.is_empty();
            written.extend_from_slice(bytes);
            assert!(!is_first, "injected");
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn writer_that_panics_starts_again_with_the_next_lines() {
        let before = RESTARTS.of(Part::Log);
        let written = Arc::default();
        let output = Panicking(Arc::clone(&written));
        let queue = LogQueue::start(output, Counter::default()).unwrap();
        queue.add(b"lost\n".to_vec());
        while RESTARTS.of(Part::Log) == before {
            std::thread::yield_now();
        }
        queue.add(b"written\n".to_vec());
        queue.flush();
        let written = written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        assert!(written.ends_with(b"written\n"), "{written:?}");
    }

    #[test]
    fn lines_beyond_the_bound_are_dropped_and_counted() {
        let (release, releases) = sync_channel(1_000);
        let written = Arc::new(Mutex::new(Vec::new()));
        let output = Output { releases, written: Arc::clone(&written) };
        let dropped = Counter::default();
        let queue = LogQueue::start(output, dropped.clone()).unwrap();
        // the thread may take a batch before it stands still
        let most = LINES + BATCH_BYTES;
        for number in 0..2 * most {
            (&queue).write_all(format!("{number}\n").as_bytes()).unwrap();
        }
        let lost = usize::try_from(dropped.get()).unwrap();
        assert!((most..2 * most).contains(&lost), "{lost}");
        (0..1_000).for_each(|_| release.send(()).unwrap());
        queue.flush();
        let written = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let numbers: Vec<usize> = written.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(numbers.len(), 2 * most - lost);
        assert!(numbers.is_sorted());
    }
}
