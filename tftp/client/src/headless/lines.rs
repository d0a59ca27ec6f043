//! A bounded queue between a core that reports and an output whose reader may stand still.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

/// Most lines that wait to be written; further ones are dropped.
const MAX_LINES: usize = 1_024;

/// How long the end of a process waits for its last lines to be written.
const END_TIMEOUT: Duration = Duration::from_secs(1);

/// Takes lines without ever waiting, and writes them on a thread of its own. Lines beyond 1,024
/// that wait are dropped; once the others are written, a line says how many.
///
/// Dropping it waits at most one second for the last lines.
#[derive(Debug)]
pub struct Lines {
    /// `None` only while this value is dropped.
    lines: Option<SyncSender<String>>,
    /// Lines that were dropped and not reported yet.
    dropped: Arc<AtomicU64>,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
}

impl Lines {
    /// Starts the thread. It calls `write` for each line.
    ///
    /// ```
    /// use adr_client::headless::Lines;
    ///
    /// let lines = Lines::start(|line| eprintln!("{line}"))?;
    /// lines.add("listening".to_owned());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The operating system does not start a thread.
    pub fn start(write: impl FnMut(&str) + Send + 'static) -> io::Result<Self> {
        let (lines, received) = sync_channel(MAX_LINES);
        let (end, ended) = sync_channel(0);
        let dropped = Arc::<AtomicU64>::default();
        let counter = Arc::clone(&dropped);
        let run = move || {
            let _end: SyncSender<()> = end;
            write_all(write, &received, &counter);
        };
        std::thread::Builder::new().name("adrc-log".to_owned()).spawn(run)?;
        Ok(Self { lines: Some(lines), dropped, ended })
    }

    /// Queues a line, or drops and counts it if too many wait.
    pub fn add(&self, line: String) {
        let added = self.lines.as_ref().is_some_and(|lines| lines.try_send(line).is_ok());
        if !added {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.lines = None;
        let _ = self.ended.recv_timeout(END_TIMEOUT);
    }
}

/// Writes lines until the sender is gone. Whenever no line waits, it reports those that were
/// dropped.
fn write_all(mut write: impl FnMut(&str), lines: &Receiver<String>, dropped: &AtomicU64) {
    loop {
        let line = match lines.try_recv() {
            Ok(line) => Some(line),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => {
                let count = dropped.swap(0, Ordering::Relaxed);
                if count > 0 {
                    write(&format!("messages that nobody read in time were dropped: {count}"));
                }
                lines.recv().ok()
            }
        };
        let Some(line) = line else { return };
        write(&line);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn lines_beyond_the_bound_are_dropped_counted_and_reported() {
        let (release, releases) = sync_channel::<()>(0);
        let written = Arc::<Mutex<Vec<String>>>::default();
        let output = Arc::clone(&written);
        let lines = Lines::start(move |line| {
            // stands still until the test releases it for good
            let _ = releases.recv();
            output.lock().unwrap().push(line.to_owned());
        });
        let lines = lines.unwrap();
        let most = MAX_LINES + 1;
        (0..2 * most).for_each(|number| lines.add(number.to_string()));
        drop(release);
        let lost_of = |line: &String| line.split_once("were dropped: ")?.1.parse::<usize>().ok();
        // a report may come before a line that waited
        let is_complete = |written: &[String]| {
            let lost: usize = written.iter().filter_map(lost_of).sum();
            written.iter().filter(|line| lost_of(line).is_none()).count() + lost == 2 * most
        };
        while !is_complete(&written.lock().unwrap()) {
            std::thread::yield_now();
        }
        drop(lines);
        let written = written.lock().unwrap().clone();
        assert!(is_complete(&written), "{written:?}");
        let numbers: Vec<&String> = written.iter().filter(|it| lost_of(it).is_none()).collect();
        assert!((MAX_LINES..=most).contains(&numbers.len()), "{}", numbers.len());
        assert!(numbers.iter().enumerate().all(|(at, line)| **line == at.to_string()));
    }

    #[test]
    fn end_does_not_wait_for_an_output_that_stands_still() {
        let (release, releases) = sync_channel::<()>(0);
        let lines = Lines::start(move |_| {
            let _ = releases.recv();
        });
        let lines = lines.unwrap();
        lines.add("unread".to_owned());
        drop(lines);
        drop(release);
    }
}
