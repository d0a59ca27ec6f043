//! The git commit of the rules that a daemon publishes, looked up while it compiles them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use adr_watcher::git::checked_out_commit_while;
use adr_watcher::publish::Commit;

/// How long publishing waits for git, which takes some milliseconds.
const TIME_LIMIT: Duration = Duration::from_secs(1);

/// Most lookups at the same time. Without this bound, a drive that hangs, so that not even killing
/// git ends it, would leave a thread behind for each generation.
const MAX_LOOKUPS: usize = 4;

/// The number of lookups in progress.
static LOOKUPS: AtomicUsize = AtomicUsize::new(0);

/// One of the lookups at the same time, until it is dropped; a panic drops it as well.
struct Permit;

impl Permit {
    /// A permit; `None` if [`MAX_LOOKUPS`] are taken.
    fn take() -> Option<Self> {
        let more = |running: usize| (running < MAX_LOOKUPS).then_some(running + 1);
        let taken = LOOKUPS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        taken.is_ok().then_some(Self)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        LOOKUPS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A lookup in progress, on a thread of its own. When it is dropped, git is killed.
pub(crate) struct CommitLookup {
    received: Receiver<Option<Commit>>,
    /// Exists as long as the commit is wanted.
    _wanted: Arc<()>,
}

impl CommitLookup {
    /// Starts to look for the commit of the first of these sources. Runs git only if the source is
    /// below a folder that git keeps, so that others cost nothing.
    pub(crate) fn start(sources: Option<&[String]>) -> Self {
        let first = sources.and_then(<[String]>::first).cloned();
        Self::by(move |is_wanted| commit(Path::new(&first?), is_wanted))
    }

    /// Starts a lookup by this function, which asks the function that it receives whether the
    /// commit is still wanted.
    fn by(look_up: impl FnOnce(&dyn Fn() -> bool) -> Option<Commit> + Send + 'static) -> Self {
        let (sender, received) = sync_channel(1);
        let wanted = Arc::new(());
        let is_wanted = Arc::downgrade(&wanted);
        if let Some(permit) = Permit::take() {
            let run = move || {
                let _permit = permit;
                let commit = look_up(&|| is_wanted.strong_count() > 0);
                // nobody receives one that took too long
                let _ = sender.send(commit);
            };
            // without a thread, the permit and the sender are dropped here
            let _ = thread::Builder::new().name("git".to_owned()).spawn(run);
        }
        Self { received, _wanted: wanted }
    }

    /// The commit; `None` without one, and if git takes longer than a second.
    pub(crate) fn commit(self) -> Option<Commit> {
        self.commit_within(TIME_LIMIT)
    }

    fn commit_within(self, limit: Duration) -> Option<Commit> {
        self.received.recv_timeout(limit).ok().flatten()
    }
}

fn commit(source: &Path, is_wanted: &dyn Fn() -> bool) -> Option<Commit> {
    let real = source.canonicalize().ok()?;
    let is_kept = real.ancestors().any(|folder| folder.join(".git").exists());
    is_kept.then(|| checked_out_commit_while(source, is_wanted)).flatten()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;
    use std::time::Instant;

    use super::*;

    /// Longer than git takes on a machine that is busy.
    const LONG: Duration = Duration::from_secs(120);

    fn look_up(source: &Path) -> Option<Commit> {
        CommitLookup::start(Some(&[source.display().to_string()])).commit_within(LONG)
    }

    /// Waits until a lookup finds this commit: those of other tests may have all permits.
    fn wait_for(expected: &Commit, what: &str, look_up: impl Fn() -> Option<Commit>) {
        let began = Instant::now();
        while look_up().as_ref() != Some(expected) {
            assert!(began.elapsed() < LONG, "{what}: {:?}", look_up());
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn git(folder: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder).args(["-c", "user.name=a", "-c", "user.email=b"]);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Waits until every lookup of all tests has ended.
    fn wait_for_permits() {
        let began = Instant::now();
        while LOOKUPS.load(Ordering::SeqCst) > 0 {
            assert!(began.elapsed() < LONG, "a lookup does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn lookups_that_panic_do_not_prevent_later_ones() {
        for _ in 0..2 * MAX_LOOKUPS {
            let lookup = CommitLookup::by(|_| panic!("injected"));
            assert_eq!(lookup.commit_within(LONG), None);
        }
        wait_for_permits();
        let found = Commit { id: "id".to_owned(), modified: false };
        wait_for(&found, "after panics", || {
            let found = found.clone();
            CommitLookup::by(move |_| Some(found)).commit_within(LONG)
        });
    }

    /// git waits for its file `HEAD`, which is a pipe.
    #[cfg(unix)]
    #[test]
    fn git_that_hangs_is_killed_and_does_not_prevent_later_lookups() {
        let sandbox = tempfile::tempdir().unwrap();
        let plan = sandbox.path().join("plan.adr");
        fs::write(&plan, "emergency 911\n").unwrap();
        git(sandbox.path(), &["init", "--quiet"]);
        git(sandbox.path(), &["add", "."]);
        git(sandbox.path(), &["commit", "--quiet", "--message", "Rules"]);
        let id = git(sandbox.path(), &["rev-parse", "HEAD"]).trim().to_owned();
        let (head, aside) = (sandbox.path().join(".git/HEAD"), sandbox.path().join(".git/aside"));
        fs::rename(&head, &aside).unwrap();
        assert!(Command::new("mkfifo").arg(&head).status().unwrap().success());
        for _ in 0..2 * MAX_LOOKUPS {
            let lookup = CommitLookup::start(Some(&[plan.display().to_string()]));
            assert_eq!(lookup.commit_within(Duration::from_millis(50)), None);
        }
        wait_for_permits();
        fs::rename(&aside, &head).unwrap();
        wait_for(&Commit { id, modified: false }, "after git hung", || look_up(&plan));
    }

    #[test]
    fn commit_of_the_first_source_is_found_and_none_without_a_repository() {
        let sandbox = tempfile::tempdir().unwrap();
        let plan = sandbox.path().join("plan.adr");
        fs::write(&plan, "emergency 911\n").unwrap();
        assert_eq!(look_up(&plan), None);
        assert_eq!(CommitLookup::start(None).commit(), None);
        let git = |arguments: &[&str]| git(sandbox.path(), arguments);
        git(&["init", "--quiet"]);
        assert_eq!(look_up(&plan), None, "before the first commit");
        git(&["add", "."]);
        git(&["commit", "--quiet", "--message", "Rules"]);
        let id = git(&["rev-parse", "HEAD"]).trim().to_owned();
        let unmodified = Commit { id: id.clone(), modified: false };
        wait_for(&unmodified, "after the commit", || look_up(&plan));
        fs::write(&plan, "emergency 112\n").unwrap();
        wait_for(&Commit { id, modified: true }, "after a change", || look_up(sandbox.path()));
    }
}
