//! Who tells `adrc serve` that something has changed: files that are watched, and the published
//! folder.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use adr_bundle::Manifest;
use adr_language::Parsed;
use adr_watcher::sources::InputError;
use adr_watcher::watch::{Answer, Noticed, Requests, Timing, requests, watch};
use tokio::sync::mpsc;

use super::requests::{Cause, Request};

/// How often the link of a published folder is looked at: two system calls.
const LOOK: Duration = Duration::from_millis(250);

/// How soon what could not be done is tried again.
pub(crate) const AGAIN: Duration = Duration::from_secs(1);

/// Rule sources as somebody read them, or why he could not.
pub(crate) type Sources = Result<Box<Parsed>, InputError>;

/// Sources that were read as a whole while nothing was changing.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The sources.
    pub(crate) sources: Sources,
    /// How many reloads had been asked for when they were read.
    pub(crate) reloads: u64,
}

/// A watch on rule sources; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Watched {
    requests: Requests,
    snapshots: mpsc::Receiver<Snapshot>,
}

/// Watches rule sources from now on. The first snapshot comes at once.
pub(crate) fn sources(paths: Vec<String>, timing: Timing) -> std::io::Result<Watched> {
    let (requests, receiver) = requests();
    let for_events = requests.clone();
    // one that waits is enough: whoever reads the next one waits himself until it is taken
    let (send, snapshots) = mpsc::channel(1);
    let follow = move || {
        let noticed = |noticed| {
            match noticed {
                Noticed::Sources { parsed, reloads } => {
                    let sources = parsed;
                    // nobody takes it once the end has begun
                    let _ = send.blocking_send(Snapshot { sources, reloads });
                }
                Noticed::PollingOnly { folder, reason } => {
                    let folder = folder.display();
                    tracing::warn!(%folder, reason, "changes are noticed by looking only");
                }
                Noticed::Reminded => {}
            }
            Answer::Done
        };
        watch(&paths, timing, (&for_events, &receiver), noticed);
    };
    std::thread::Builder::new().name("watch".to_owned()).spawn(follow)?;
    Ok(Watched { requests, snapshots })
}

impl Watched {
    /// The next snapshot: the first one, and one after each change and each reload. `None` when the
    /// watch has ended.
    pub(crate) async fn snapshot(&mut self) -> Option<Snapshot> {
        self.snapshots.recv().await
    }

    /// Asks for a snapshot, changed or not.
    pub(crate) fn reload(&self) {
        self.requests.reload();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.requests.stop();
    }
}

/// Follows the generation of a published folder, whoever publishes there: asks for a reload until
/// `is_served` says that what lies there is what is served, and once more, so that whoever reloads
/// knows that as well.
pub(crate) fn folder(
    folder: PathBuf,
    send: mpsc::Sender<Request>,
    is_served: impl Fn() -> bool + Send + 'static,
) {
    tokio::spawn(async move {
        let mut following = Following::default();
        let mut looks = tokio::time::interval(LOOK);
        while !send.is_closed() {
            looks.tick().await;
            if following.asks(current(&folder), Instant::now(), &is_served) {
                let request = Request::Reload(Cause::Folder, None);
                if send.send(request).await.is_err() {
                    return;
                }
            }
        }
    });
}

/// What tells one current generation from another without reading any: where the link leads, and
/// inode and time of the manifest there. `None` where there is no link.
type Mark = Option<(PathBuf, Option<(u64, i64, i64)>)>;

fn current(folder: &Path) -> Mark {
    let link = folder.join("current");
    let target = std::fs::read_link(&link).ok()?;
    let manifest = std::fs::metadata(link.join(Manifest::FILE_NAME)).ok();
    let manifest = manifest.map(|it| (it.ino(), it.mtime(), it.mtime_nsec()));
    Some((target, manifest))
}

/// When to ask for a reload, as a function of what lies in the folder when. No clock: time is an
/// argument.
#[derive(Default)]
struct Following {
    /// What was served when somebody compared.
    served: Mark,
    asked: Option<(Mark, Instant)>,
}

impl Following {
    /// Whether to ask for a reload of what lies there now. What was asked for and is not served is
    /// asked for again in a moment.
    fn asks(&mut self, mark: Mark, now: Instant, is_served: impl FnOnce() -> bool) -> bool {
        // a folder without the link is no published one, or one that cannot be followed
        if mark == self.served && self.asked.is_none() {
            return false;
        }
        if is_served() {
            self.served = mark;
            return self.asked.take().is_some();
        }
        let was_asked = |(asked, at): &(Mark, Instant)| *asked == mark && now < *at + AGAIN;
        if self.asked.as_ref().is_some_and(was_asked) {
            return false;
        }
        self.asked = Some((mark, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(generation: &str) -> Mark {
        Some((generation.into(), None))
    }

    #[test]
    fn what_was_switched_before_the_first_look_is_asked_for() {
        let (mut following, now) = (Following::default(), Instant::now());
        assert!(following.asks(mark("2"), now, || false));
    }

    #[test]
    fn what_is_served_is_compared_once() {
        let (mut following, now) = (Following::default(), Instant::now());
        assert!(!following.asks(mark("1"), now, || true));
        assert!(!following.asks(mark("1"), now, || unreachable!("it is known")));
        assert!(following.asks(mark("2"), now, || false));
    }

    /// What was asked for may be served by now.
    #[test]
    fn what_is_led_back_is_compared_again() {
        let (mut following, now) = (Following::default(), Instant::now());
        assert!(!following.asks(mark("1"), now, || true));
        assert!(following.asks(mark("2"), now, || false));
        assert!(following.asks(mark("1"), now, || false));
        assert!(following.asks(mark("1"), now, || true));
        assert!(!following.asks(mark("1"), now, || unreachable!("it is known")));
    }

    #[test]
    fn what_could_not_be_served_is_asked_for_again_in_a_moment() {
        let (mut following, began) = (Following::default(), Instant::now());
        assert!(!following.asks(mark("1"), began, || true));
        assert!(following.asks(mark("2"), began, || false));
        assert!(!following.asks(mark("2"), began + LOOK, || false));
        assert!(following.asks(mark("3"), began + LOOK, || false));
        assert!(following.asks(mark("3"), began + LOOK + AGAIN, || false));
        let (last, known) = (began + LOOK + AGAIN, || unreachable!("it is known"));
        assert!(following.asks(mark("3"), last, || true));
        assert!(!following.asks(mark("3"), last, known));
    }

    #[test]
    fn a_link_that_goes_is_asked_for_and_one_that_never_was_is_not() {
        let (mut following, now) = (Following::default(), Instant::now());
        assert!(!following.asks(None, now, || unreachable!("nothing to compare")));
        assert!(!following.asks(mark("1"), now, || true));
        assert!(following.asks(None, now, || false));
    }
}
