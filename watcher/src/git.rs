//! Rule sources in git: those of a revision, and the commit of a folder. Runs the command `git`.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use adr_language::{EntryFile, ReadError, World};
use thiserror::Error;

use crate::publish::Commit;
use crate::sources::is_source;

/// Why a revision cannot be read.
#[derive(Debug, Error)]
pub enum GitError {
    /// The command `git` does not start.
    #[error("git: {0}")]
    Start(#[source] io::Error),
    /// git rejects the revision or the path; its own words.
    #[error("{0}")]
    Rejected(String),
    /// The folder has no rule sources in that revision.
    #[error("{path}: this folder holds no `.adr` files in revision {revision}")]
    NoSources {
        /// The folder, relative to the repository.
        path: String,
        /// The revision, as the user wrote it.
        revision: String,
    },
}

/// One revision of a repository, as the world of a dial plan.
#[derive(Debug)]
pub struct Revision {
    /// A folder inside the repository.
    folder: String,
    /// The hash of the commit.
    commit: String,
}

impl Revision {
    /// Finds a revision of the repository in which `path` lies, and the rule sources that `path`
    /// names in it: one file, or the `.adr` files of a folder in byte order of their names.
    ///
    /// # Errors
    ///
    /// See [`GitError`].
    pub fn open(path: &str, revision: &str) -> Result<(Self, Vec<EntryFile>), GitError> {
        let on_disk = Path::new(path);
        let (folder, file) = match on_disk.is_dir() {
            true => (on_disk, None),
            false => (on_disk.parent().unwrap_or(Path::new("")), on_disk.file_name()),
        };
        let folder = match folder.to_string_lossy() {
            folder if folder.is_empty() => ".".to_owned(),
            folder => folder.into_owned(),
        };
        let commit = format!("{revision}^{{commit}}");
        let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let commit = git(&folder, &verify).map_err(|error| match error {
            GitError::Rejected(_) => GitError::Rejected(format!("{revision}: no such revision")),
            error => error,
        })?;
        let commit = line(&commit);
        let prefix = line(&git(&folder, &["rev-parse", "--show-prefix"])?);
        let prefix = prefix.trim_end_matches('/').to_owned();
        let this = Self { folder, commit };
        let entry = |path: String| EntryFile { path, root: prefix.clone() };
        let entries = match file {
            Some(file) => vec![entry(joined(&prefix, &file.to_string_lossy()))],
            None => {
                let names = this.names(&prefix)?;
                let sources = names.into_iter().filter(|name| is_source(name));
                sources.map(|name| entry(joined(&prefix, &name))).collect()
            }
        };
        match entries.is_empty() {
            true => Err(GitError::NoSources { path: prefix, revision: revision.to_owned() }),
            false => Ok((this, entries)),
        }
    }

    /// The names in a folder of the revision, sorted.
    fn names(&self, folder: &str) -> Result<Vec<String>, GitError> {
        let tree = format!("{}:{folder}", self.commit);
        let listed = git(&self.folder, &["ls-tree", "--full-tree", "--name-only", "-z", &tree])?;
        let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        let mut names: Vec<_> =
            names.map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        names.sort_unstable();
        Ok(names)
    }
}

impl World for Revision {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let blob = format!("{}:{path}", self.commit);
        git(&self.folder, &["cat-file", "blob", &blob]).map_err(|error| read_error(&error))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        self.names(folder).map_err(|error| read_error(&error))
    }
}

/// The commit that is checked out where rule sources lie, and whether `.adr` files in their folder
/// or below differ from it; `None` if the folder is in no repository, the repository has no commit,
/// or git does not run.
#[must_use]
pub fn checked_out_commit(path: &Path) -> Option<Commit> {
    checked_out_commit_while(path, &|| true)
}

/// The same as long as `is_wanted` returns true, which is asked every few milliseconds. After that,
/// git is killed, and the result is `None`.
#[must_use]
pub fn checked_out_commit_while(path: &Path, is_wanted: &dyn Fn() -> bool) -> Option<Commit> {
    let folder = if path.is_dir() { path } else { path.parent()? };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let folder = folder.to_string_lossy();
    let arguments = ["status", "--porcelain=v2", "--branch", "--", "*.adr"];
    let status = git_while(&folder, &arguments, is_wanted)?;
    let status = String::from_utf8_lossy(&status);
    let id = status.lines().find_map(|line| line.strip_prefix("# branch.oid "))?;
    // before the first commit
    if id == "(initial)" {
        return None;
    }
    let modified = status.lines().any(|line| !line.starts_with('#'));
    Some(Commit { id: id.to_owned(), modified })
}

/// How one commit lies to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ancestry {
    /// It was made on top of the other one.
    Descendant,
    /// The other one was made on top of it.
    Ancestor,
    /// Neither, or the repository does not have both, or git does not answer.
    Unrelated,
}

/// How long git may take to compare two commits.
const ANCESTRY_TIME_LIMIT: Duration = Duration::from_secs(10);

/// How `commit` lies to `other` in the repository of a path. Both are hashes; git is killed if it
/// takes longer than ten seconds.
#[must_use]
pub fn ancestry(path: &Path, commit: &str, other: &str) -> Ancestry {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let folder = folder.to_string_lossy();
    let end = Instant::now() + ANCESTRY_TIME_LIMIT;
    let is_ancestor = |older: &str, newer: &str| {
        let arguments = ["merge-base", "--is-ancestor", older, newer];
        git_while(&folder, &arguments, &|| Instant::now() < end).is_some()
    };
    // a record is written by others
    if !is_hash(commit) || !is_hash(other) {
        Ancestry::Unrelated
    } else if is_ancestor(other, commit) {
        Ancestry::Descendant
    } else if is_ancestor(commit, other) {
        Ancestry::Ancestor
    } else {
        Ancestry::Unrelated
    }
}

/// Whether a text is a hash of git, and not an option or an expression.
fn is_hash(text: &str) -> bool {
    (40..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn read_error(error: &GitError) -> ReadError {
    ReadError { reason: error.to_string(), help: "check the path and the revision".to_owned() }
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Time between two questions whether the output of git is wanted.
const PAUSE: Duration = Duration::from_millis(5);

/// A command that is killed when this is dropped, unless it has ended.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // fails for one that has ended
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs git in a folder as long as its output is wanted; `None` if it fails or is killed.
fn git_while(folder: &str, arguments: &[&str], is_wanted: &dyn Fn() -> bool) -> Option<Vec<u8>> {
    let mut command = git_command(folder, arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut git = Running(command.spawn().ok()?);
    let mut stdout = git.0.stdout.take()?;
    let (sender, received) = sync_channel(1);
    let read = move || {
        let mut bytes = Vec::new();
        let read = stdout.read_to_end(&mut bytes);
        // nobody receives the output of a command that was killed
        let _ = sender.send(read.map(|_| bytes));
    };
    thread::Builder::new().name("git-output".to_owned()).spawn(read).ok()?;
    let output = loop {
        match received.recv_timeout(PAUSE) {
            Ok(output) => break output.ok()?,
            Err(RecvTimeoutError::Timeout) if is_wanted() => {}
            Err(_) => return None,
        }
    };
    loop {
        match git.0.try_wait().ok()? {
            Some(status) => return status.success().then_some(output),
            None if is_wanted() => thread::sleep(PAUSE),
            None => return None,
        }
    }
}

fn git_command(folder: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // a process in the background must not hold the lock that git commands of a person need
    command.args(["--no-optional-locks", "-C", folder]).args(arguments);
    command
}

/// Runs git in a folder; standard output.
fn git(folder: &str, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    let output = git_command(folder, arguments).output();
    let Output { status, stdout, stderr } = output.map_err(GitError::Start)?;
    if status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&stderr);
    let message = stderr.lines().next().unwrap_or("git failed");
    Err(GitError::Rejected(message.trim_start_matches("fatal: ").to_owned()))
}

fn line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned()
}
