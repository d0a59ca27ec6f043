//! Waits for the client cores of all nodes of a cluster, by the reports of the nodes.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use adr_bundle::disk::TimeLimit;
use adr_protocol::{Clients, NodeState, merged};
use adr_watcher::publication::{Publication, PublicationError};
use adr_watcher::publish::{Base, PublishError};

use super::fleet::Answer;
use super::{Settings, Waited, wait_by};
use crate::Error;
use crate::nodes::heard::Heard;

/// The cluster has at least this long for an answer, when no time is left.
const LAST_CALL_LIMIT: Duration = Duration::from_secs(2);

/// Waits until all client cores of all nodes run the generation that is current in a cluster: the
/// one that was just published, or a later one. Like [`super::wait`], but asks the reports of the
/// nodes in the place of admin ports; `settings.admins` is not used. It takes a few seconds longer
/// than `settings.timeout` at most, however long a call of the publication blocks.
///
/// # Errors
///
/// Nothing is published in the cluster, or it does not answer at the end of the time.
pub fn wait_in_cluster(
    publication: &Arc<dyn Publication>,
    settings: &Settings,
    show: impl Fn(&str),
) -> Result<Waited, Error> {
    let began = Instant::now();
    let limited = Limited::new(publication, began + settings.timeout);
    // a cluster that does not answer for a moment has the generation from before
    let known: RefCell<Option<Base>> = RefCell::new(None);
    let mut heard = Heard::default();
    let current = || match limited.call(|publication| publication.current()) {
        Ok(Some(base)) => Ok(known.borrow_mut().insert(base).clone()),
        Ok(None) => Err(PublishError::NothingPublished(PathBuf::from(publication.name())).into()),
        Err(error) => {
            let is_over = began.elapsed() >= settings.timeout || !error.is_temporary();
            let before = known.borrow().clone().filter(|_| !is_over);
            before.ok_or_else(|| failed(error))
        }
    };
    let reports = || limited.call(|publication| publication.reports());
    let ask = |_: Instant, base: &Base| match reports() {
        Ok(reports) => {
            let nodes = heard.read(reports, Instant::now(), unix_seconds());
            let mut clients = merged((base.generation, &base.sha256), &nodes);
            note_missing(&mut clients);
            (vec![Answer { server: publication.name(), clients }], Vec::new())
        }
        Err(error) => (Vec::new(), vec![failed(error)]),
    };
    wait_by(current, ask, settings, show)
}

/// A publication whose calls end with the time of a wait.
struct Limited {
    publication: Arc<dyn Publication>,
    end: Instant,
    limit: RefCell<TimeLimit>,
}

impl Limited {
    fn new(publication: &Arc<dyn Publication>, end: Instant) -> Self {
        let limit = RefCell::new(TimeLimit::new("cluster", LAST_CALL_LIMIT));
        Self { publication: Arc::clone(publication), end, limit }
    }

    fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&dyn Publication) -> Result<T, PublicationError> + Send + 'static,
    ) -> Result<T, PublicationError> {
        let limit = self.end.saturating_duration_since(Instant::now()).max(LAST_CALL_LIMIT);
        let publication = Arc::clone(&self.publication);
        let answered = self.limit.borrow_mut().run_within(limit, move |_| call(&*publication));
        answered.unwrap_or_else(|_| {
            let reason = format!("no answer within {} s", limit.as_secs());
            Err(PublicationError::Unreachable { name: self.publication.name(), reason })
        })
    }
}

/// Without any node that reports, nothing is known.
fn note_missing(clients: &mut Clients) {
    if !clients.nodes.iter().any(|node| node.state == NodeState::Up) {
        clients.nodes_problem = "none reports; start `adrc serve --cluster` on them".to_owned();
    }
}

fn failed(error: PublicationError) -> Error {
    PublishError::from(error).into()
}

fn unix_seconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use adr_protocol::{ClientRow, ClientState};
    use adr_watcher::publication::NodeReport;
    use adr_watcher::publication::memory::MemoryPublication;

    use super::*;

    fn base() -> Base {
        Base { generation: 7, sha256: "ab".to_owned() }
    }

    fn report(node: &str, generation: u64, cores: &[(&str, u64)]) -> NodeReport {
        let row = |(client, generation): &(&str, u64)| ClientRow {
            client: (*client).to_owned(),
            state: ClientState::Current,
            generation: *generation,
            sha256: "ab".to_owned(),
            ..ClientRow::default()
        };
        let clients = Clients {
            generation,
            sha256: "ab".to_owned(),
            rows: cores.iter().map(row).collect(),
            ..Clients::default()
        };
        NodeReport {
            format_version: NodeReport::FORMAT_VERSION,
            node: node.to_owned(),
            tool: String::new(),
            reported: unix_seconds(),
            has_ended: false,
            clients,
        }
    }

    /// The result of a short wait, and the lines.
    fn waited(publication: &Arc<MemoryPublication>) -> (Result<Waited, Error>, Vec<String>) {
        let timeout = Duration::from_millis(50);
        let settings = Settings { timeout, admins: Vec::new(), allows_none: false };
        let lines = RefCell::new(Vec::new());
        let show = |line: &str| lines.borrow_mut().push(line.to_owned());
        let publication: Arc<dyn Publication> = Arc::<MemoryPublication>::clone(publication);
        let waited = wait_in_cluster(&publication, &settings, show);
        (waited, lines.into_inner())
    }

    #[test]
    fn call_that_hangs_ends_with_the_time() {
        let publication: Arc<dyn Publication> = Arc::new(MemoryPublication::new());
        let limited = Limited::new(&publication, Instant::now());
        let (_hangs, receiver) = std::sync::mpsc::channel::<()>();
        let late = limited.call(move |_| Ok(receiver.recv().is_ok())).unwrap_err();
        assert_eq!(late.to_string(), "memory does not answer: no answer within 2 s");
        assert_eq!(limited.call(|publication| publication.current()), Ok(None));
    }

    #[test]
    fn cores_of_all_nodes_count_and_lagging_nodes_are_named() {
        let cluster = Arc::new(MemoryPublication::new());
        assert!(waited(&cluster).0.unwrap_err().to_string().contains("nothing is published"));
        cluster.replace_current(Some(base()));
        let (result, lines) = waited(&cluster);
        assert_eq!(result.unwrap(), Waited::Behind);
        assert!(lines[0].contains("none reports"), "{lines:?}");
        cluster.report(&report("a", 7, &[("core-0001", 7)])).unwrap();
        cluster.report(&report("b", 7, &[("core-0002", 7)])).unwrap();
        let (result, lines) = waited(&cluster);
        assert_eq!(result.unwrap(), Waited::Done);
        assert_eq!(lines, ["2 clients of 2 nodes run generation 7"]);
        cluster.report(&report("b", 7, &[("core-0002", 6)])).unwrap();
        let (result, lines) = waited(&cluster);
        assert_eq!(result.unwrap(), Waited::Behind);
        assert_eq!(lines[0], "1 of 2 clients of 2 nodes run generation 7");
        assert_eq!(lines[1], "  core-0002 at node b: runs generation 6");
        let mut unlisted = report("b", 7, &[]);
        unlisted.clients.matching = 33_000;
        cluster.report(&unlisted).unwrap();
        let (result, lines) = waited(&cluster);
        assert_eq!(result.unwrap(), Waited::Behind);
        assert!(lines.iter().any(|it| it.contains("node b lists 0 of 33000")), "{lines:?}");
        cluster.report(&report("b", 6, &[("core-0002", 6)])).unwrap();
        let (result, lines) = waited(&cluster);
        assert_eq!(result.unwrap(), Waited::Behind);
        assert_eq!(lines, ["node b serves generation 6, not generation 7"]);
        cluster.cut();
        assert!(waited(&cluster).0.is_err());
    }
}
