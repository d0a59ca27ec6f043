//! How long a reload has been running.

use std::time::Duration;

use tokio::time::Instant;

/// Time between two reports.
const INTERVAL: Duration = Duration::from_secs(1);

/// A reload begins when the sources are requested, or with its job, and ends with the job.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// How many times sources were requested.
    reads: u64,
    /// Since when sources that were requested have not been read.
    reading: Option<Instant>,
    /// Since when a job is running.
    job: Option<Instant>,
    /// When the last report was made.
    reported: Option<Instant>,
}

impl Progress {
    /// The sources were requested.
    pub(crate) fn read_requested(&mut self) {
        self.reads += 1;
        self.reading.get_or_insert_with(Instant::now);
    }

    /// The sources were read; this answers so many requests since the start.
    pub(crate) fn sources_read(&mut self, reads: u64) {
        if reads >= self.reads {
            // the job that follows is part of the same reload
            self.job = self.job.or(self.reading);
            self.reading = None;
        }
    }

    /// A job begins.
    pub(crate) fn job_started(&mut self) {
        self.job.get_or_insert_with(Instant::now);
    }

    /// The job has ended.
    pub(crate) fn job_ended(&mut self) {
        self.job = None;
    }

    /// When the next report is due; `None` if no reload is running.
    pub(crate) fn next_report(&self) -> Option<Instant> {
        let since = self.since()?;
        Some(self.reported.filter(|reported| *reported > since).unwrap_or(since) + INTERVAL)
    }

    /// For how long the oldest reload has been running; `None` if none is.
    pub(crate) fn report(&mut self) -> Option<Duration> {
        self.reported = Some(Instant::now());
        self.since().map(|since| since.elapsed())
    }

    fn since(&self) -> Option<Instant> {
        self.reading.into_iter().chain(self.job).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reload_lasts_from_the_request_to_the_end_of_its_job() {
        let mut progress = Progress::default();
        assert_eq!((progress.next_report(), progress.report()), (None, None));
        progress.read_requested();
        let since = progress.since().unwrap();
        assert!(progress.next_report().unwrap() >= since + INTERVAL);
        progress.sources_read(0);
        assert_eq!(progress.since(), Some(since));
        progress.sources_read(1);
        progress.job_started();
        assert_eq!(progress.since(), Some(since));
        assert!(progress.report().is_some());
        progress.job_ended();
        assert_eq!((progress.next_report(), progress.report()), (None, None));
    }
}
