//! Git knows which of two commits of rule sources is older. In a process of its own: a process that
//! is being started holds the locks of folders for a moment.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the test makes a repository"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use adr_language::{Artifacts, Levels, load};
use adr_watcher::git::{Ancestry, ancestry};
use adr_watcher::publication::memory::MemoryPublication;
use adr_watcher::publish::{
    Annotation, Commit, PublishError, Published, Publisher, SourcesIdentity,
};
use adr_watcher::sources::{Disk, plan_entries};
use tempfile::TempDir;

/// A `git` that another test starts would hold the locks of folders for a moment.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs git in a folder, as somebody.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with a dial plan: commit `first`, on top of it `second` and then `third`, and
/// `other` beside these.
struct Repository {
    folder: TempDir,
    first: String,
    second: String,
    third: String,
    other: String,
}

impl Repository {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        git(path, &["init", "--quiet"]);
        let commit = |prefix: u32| {
            let text = format!(
                "application {{ rule \"Local\" {{ begins-with 5; digits 7; prefix {prefix} }} }}\n"
            );
            fs::write(path.join("plan.adr"), text).unwrap();
            git(path, &["add", "."]);
            git(path, &["commit", "--quiet", "-m", "prefix"]);
            git(path, &["rev-parse", "HEAD"])
        };
        let first = commit(1);
        let second = commit(2);
        let third = commit(4);
        git(path, &["checkout", "--quiet", "-b", "other", &first]);
        let other = commit(3);
        Self { first, second, third, other, folder }
    }

    /// The artifacts of a commit.
    fn artifacts(&self, commit: &str) -> Artifacts {
        git(self.folder.path(), &["checkout", "--quiet", commit]);
        let entries = plan_entries(&[self.folder.path().display().to_string()]).unwrap();
        load(&Disk, &entries).check(&Levels::default()).into_plan().unwrap().artifacts()
    }
}

#[test]
fn commits_are_newer_older_or_unrelated() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let it = Repository::new();
    let missing = "0".repeat(40);
    let order = |one: &str, two: &str| ancestry(it.folder.path(), one, two);
    assert_eq!(order(&it.second, &it.first), Ancestry::Descendant);
    assert_eq!(order(&it.first, &it.second), Ancestry::Ancestor);
    assert_eq!(order(&it.other, &it.second), Ancestry::Unrelated);
    assert_eq!(order(&it.first, &missing), Ancestry::Unrelated);
    // the commit of a record comes from others
    assert_eq!(order(&it.first, "--output=/tmp/x"), Ancestry::Unrelated);
    let plan = it.folder.path().join("plan.adr");
    assert_eq!(ancestry(&plan, &it.second, &it.first), Ancestry::Descendant);
    let elsewhere = tempfile::tempdir().unwrap();
    assert_eq!(ancestry(elsewhere.path(), &it.second, &it.first), Ancestry::Unrelated);
}

#[test]
fn sources_of_an_older_commit_are_behind_also_for_a_person() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let it = Repository::new();
    let folder = tempfile::tempdir().unwrap();
    let here = MemoryPublication::new();
    let publish = |commit: &str, id: &str, is_person: bool| -> Result<Published, PublishError> {
        let artifacts = it.artifacts(commit);
        let commit = Some(Commit { id: id.to_owned(), modified: false });
        let annotation = Annotation { commit, ..Annotation::default() };
        let publisher = Publisher::new(folder.path(), "test", 0).through(&here);
        let publisher = publisher.annotated(annotation);
        let identity = |host| SourcesIdentity::new(host, &[it.folder.path().join("plan.adr")]);
        let publisher = match is_person {
            true => publisher.by_person(identity("person")),
            false => publisher.from_sources(identity("new")),
        };
        publisher.publish(&artifacts, || Ok(()))
    };
    let new = |generation| Published { generation, changed: true };
    assert_eq!(publish(&it.first, &it.first, true).unwrap(), new(1));
    // sources that were never in step, on top of what is current
    assert_eq!(publish(&it.second, &it.second, false).unwrap(), new(2));
    let error = publish(&it.first, &it.first, false).unwrap_err();
    assert!(matches!(error, PublishError::Behind { known: Some(1), current: 2, .. }), "{error}");
    let error = publish(&it.first, &it.first, true).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&format!("older commit {};", &it.first[..12])), "{text}");
    assert!(text.contains("`adrc rollback`") && error.is_conflict(), "{text}");
    // another branch, and a commit that the repository does not have
    for id in [it.other.clone(), "0".repeat(40)] {
        let error = publish(&it.other, &id, false).unwrap_err();
        assert!(matches!(error, PublishError::Conflict { current: 2, .. }), "{error}");
    }
    assert_eq!(publish(&it.other, &it.other, true).unwrap(), new(3));
}

/// What a node has that lags behind is newer than what a person rolled back to.
#[test]
fn sources_between_two_commits_stay_behind_after_a_rollback() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let it = Repository::new();
    let here = MemoryPublication::new();
    for link in [None, Some(&here)] {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let node = |at: usize| {
            // without a publication, the nodes share one folder
            let folder = if link.is_some() { folders[at].path() } else { folders[0].path() };
            let publisher = Publisher::new(folder, "test", 0);
            match link {
                Some(link) => publisher.through(link),
                None => publisher,
            }
        };
        let publish = |at: usize, id: &str| {
            let commit = Some(Commit { id: id.to_owned(), modified: false });
            let publisher = node(at).annotated(Annotation { commit, ..Annotation::default() });
            let paths = [it.folder.path().join("plan.adr")];
            let sources = SourcesIdentity::new(&format!("node{at}"), &paths);
            let publisher = publisher.honor_rollbacks().from_sources(sources);
            publisher.publish(&it.artifacts(id), || Ok(()))
        };
        let assert_behind = |at: usize, id: &str| {
            let error = publish(at, id).unwrap_err();
            assert!(matches!(error, PublishError::Behind { .. }), "{link:?} {error}");
        };
        let new = |generation| Published { generation, changed: true };
        assert_eq!(publish(0, &it.first).unwrap(), new(1));
        assert_eq!(publish(0, &it.second).unwrap(), new(2));
        assert!(!publish(1, &it.second).unwrap().changed);
        assert_eq!(publish(0, &it.third).unwrap(), new(3));
        assert_behind(1, &it.second);
        assert_eq!(node(0).roll_back(Some(1)).unwrap().published, new(4));
        assert_behind(1, &it.second);
        let blocked = publish(0, &it.third).unwrap_err();
        assert!(matches!(blocked, PublishError::BlockedByRollback { .. }), "{blocked}");
        // also after more rollbacks, and at a node that was never in step
        assert_eq!(node(0).roll_back(Some(2)).unwrap().published, new(5));
        assert_eq!(node(0).roll_back(Some(1)).unwrap().published, new(6));
        let ledger = folders[link.map_or(0, |_| 1)].path().join(".sources.json");
        fs::remove_file(ledger).unwrap();
        let unpublished = publish(1, &it.second).unwrap_err();
        assert!(
            matches!(
                unpublished,
                PublishError::Behind { .. } | PublishError::BlockedByRollback { .. }
            ),
            "{unpublished}"
        );
    }
}
