//! Parts of a process that are started again after a panic, and how often that happened.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// A part of the process. A panic in it leaves the other parts alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// One request of a client, which is lost.
    Request,
    /// The loop that serves TFTP.
    Tftp,
    /// The loop that accepts connections of one HTTP, HTTPS or admin socket.
    Http,
    /// A job that checks and publishes rules, or loads a published folder.
    Reload,
    /// The watch on rule sources.
    Watch,
    /// The thread that follows a CUCM.
    Cluster,
    /// The poll of the published folder.
    Folder,
    /// The thread that writes the log.
    Log,
    /// The look at files that were replaced behind a mount.
    Mounts,
    /// The list of known client cores in the published folder.
    KnownClients,
    /// The thread that follows the cluster of this node.
    Nodes,
    /// The thread that exchanges reports with other nodes.
    Reports,
}

impl Part {
    const ALL: [Self; 12] = [
        Self::Request,
        Self::Tftp,
        Self::Http,
        Self::Reload,
        Self::Watch,
        Self::Cluster,
        Self::Folder,
        Self::Log,
        Self::Mounts,
        Self::KnownClients,
        Self::Nodes,
        Self::Reports,
    ];

    /// The label of the metric.
    fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Tftp => "tftp",
            Self::Http => "http",
            Self::Reload => "reload",
            Self::Watch => "watch",
            Self::Cluster => "cucm",
            Self::Folder => "folder",
            Self::Log => "log",
            Self::Mounts => "mounts",
            Self::KnownClients => "clients",
            Self::Nodes => "nodes",
            Self::Reports => "reports",
        }
    }
}

/// Counts restarts by [`Part`]. Clones share the counts.
#[derive(Clone, Debug)]
pub struct Restarts {
    family: Family<Labels, Counter>,
    /// The counters of the family, by part.
    counts: [Counter; Part::ALL.len()],
}

type Labels = Vec<(&'static str, &'static str)>;

impl Default for Restarts {
    fn default() -> Self {
        let family: Family<Labels, Counter> = Family::default();
        let counts = Part::ALL.map(|part| family.get_or_create_owned(&vec![("part", part.word())]));
        Self { family, counts }
    }
}

impl Restarts {
    /// Counts the restart of a part.
    pub fn count(&self, part: Part) {
        self.counts[part as usize].inc();
    }

    /// How often a part was started again.
    #[must_use]
    pub fn of(&self, part: Part) -> u64 {
        self.counts[part as usize].get()
    }

    /// Adds the metric `adrc_restarts_total` to a registry.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let help = "Times that a part of the process was started again after a panic or an error";
        registry.register("adrc_restarts", help, self.family.clone());
    }
}

/// For tests of a program: a function that is called where a part can fail. It injects a fault by
/// panicking or waiting.
#[derive(Clone, Default)]
pub struct Faults(Option<Arc<dyn Fn(Part) + Send + Sync>>);

impl Faults {
    /// Faults that this function injects: [`Part::Tftp`] and [`Part::Http`] whenever the loop
    /// begins a round, [`Part::Request`] for each request that searches a file, and for each TFTP
    /// transfer whose client is silent. Other parts call [`Faults::reach`] themselves.
    #[must_use]
    pub fn new(inject: impl Fn(Part) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(inject)))
    }

    /// Calls the function, if there is one: `part` has reached a place where it can fail.
    pub fn reach(&self, part: Part) {
        if let Some(inject) = &self.0 {
            inject(part);
        }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Faults").field(&self.0.is_some()).finish()
    }
}

/// Shortest and longest pause before a part is started again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// How long a part has to run until its next restart has the shortest pause.
const STABLE: Duration = Duration::from_secs(60);

/// Pauses before restarts: the first has 100 ms, and each is twice as long as the one before, up to
/// ten seconds. After a minute without a restart, they begin anew.
///
/// ```
/// use adr_server::BackOff;
///
/// let mut back_off = BackOff::new();
/// assert_eq!([(); 3].map(|()| back_off.pause().as_millis()), [100, 200, 400]);
/// ```
#[derive(Debug)]
pub struct BackOff {
    next: Duration,
    began: Instant,
}

impl BackOff {
    /// The part starts now.
    #[must_use]
    pub fn new() -> Self {
        Self { next: PAUSES.0, began: Instant::now() }
    }

    /// The pause before the part starts again.
    pub fn pause(&mut self) -> Duration {
        if self.began.elapsed() > STABLE {
            self.next = PAUSES.0;
        }
        let pause = self.next;
        self.next = (pause * 2).min(PAUSES.1);
        self.began = Instant::now() + pause;
        pause
    }
}

impl Default for BackOff {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit() {
        let mut back_off = BackOff::new();
        let pauses: Vec<_> = (0..9).map(|_| back_off.pause().as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    }
}
