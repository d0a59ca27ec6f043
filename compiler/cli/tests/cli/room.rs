//! A temporary folder, and the command run in it.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A book without a finding.
pub(crate) const CLEAN: &str = "\
emergency 911, 9911

application {
  rule \"Local\" { begins-with 5; digits 7; prefix 9 }
}

test {
  dial 555-1212 -> 95551212
  dial 911      -> unchanged
}
";

/// A book that sends 911 elsewhere.
pub(crate) const DANGEROUS: &str = "\
emergency 911, 9911

application {
  rule \"Three digits\" { begins-with 4, 9; digits 3; prefix 8 }
  rule \"Local\"        { begins-with 5; digits 7; prefix 8 }
}

test {
  dial 5551212 -> 85551212
}
";

/// Says that a test is passed over because this machine does not let it run. Where `ADR_ALL` is
/// set, as `tests/run` does where it may, that fails it.
pub(crate) fn pass_over(what: &str) {
    assert!(
        std::env::var_os("ADR_ALL").is_none(),
        "this machine lets nobody {what}, and nothing is to be passed over"
    );
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A folder of its own.
pub(crate) struct Room {
    folder: TempDir,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A room in memory where there is such a place: for suites that publish hundreds of times.
    pub(crate) fn in_memory() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self { folder: folder.unwrap() }
    }

    /// A room with these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let room = Self::new();
        for (name, text) in files {
            room.write(name, text.as_bytes());
        }
        room
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The command, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_adrc"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE");
        command
    }

    /// Runs `adrc` with words of one line; no word holds a space.
    pub(crate) fn run(&self, line: &str) -> Ran {
        let words: Vec<&str> = line.split(' ').collect();
        self.given(&words, b"")
    }

    /// Runs `adrc` with something on its standard input.
    pub(crate) fn given(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeding = std::thread::spawn(move || {
            // whoever does not read to the end is allowed to
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            status: output.status.code().unwrap(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Every file and link below the room, sorted, but for what publishing keeps for itself.
    pub(crate) fn listing(&self, below: &str) -> Vec<String> {
        let mut names: Vec<String> = walkdir::WalkDir::new(self.path(below))
            .min_depth(1)
            .into_iter()
            .map(|entry| {
                entry.unwrap().path().strip_prefix(self.path(below)).unwrap().display().to_string()
            })
            .collect();
        names.sort();
        names
    }
}
