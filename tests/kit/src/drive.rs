//! A drive that stops answering, as a network drive does whose server is gone.
//!
//! It is a file system of FUSE, version 7.31, with one file. The answers are written by hand: a
//! file system that hangs needs no more than seven kinds of requests.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;

use crate::optional::leave_out;

/// Largest request of the kernel.
const REQUEST_BYTES: usize = 1 << 20;

/// The node of the file; the folder has the node 1.
const FILE: u64 = 2;

/// A drive with one file. Unmounted when dropped.
#[derive(Debug)]
pub struct Drive {
    folder: TempDir,
    state: Arc<Mutex<State>>,
    device: File,
}

#[derive(Debug, Default)]
struct State {
    name: String,
    content: Vec<u8>,
    is_hanging: bool,
    /// Requests that wait for an answer.
    waiting: Vec<Vec<u8>>,
}

impl Drive {
    /// Mounts a drive with this file. Where this process may not mount, the current test is left
    /// out, and the result is `None`.
    #[must_use]
    pub fn with(name: &str, content: &str) -> Option<Self> {
        Self::below(&std::env::temp_dir(), name, content)
    }

    /// The same, mounted in a new folder of `parent`.
    #[must_use]
    pub fn below(parent: &Path, name: &str, content: &str) -> Option<Self> {
        let folder = tempfile::tempdir_in(parent).unwrap();
        let device = OpenOptions::new().read(true).write(true).open("/dev/fuse").ok();
        let mounted = device.filter(|device| mount(device, folder.path()));
        let Some(device) = mounted else {
            leave_out("the right to mount a FUSE file system");
            return None;
        };
        let (name, content) = (name.to_owned(), content.as_bytes().to_vec());
        let state = Arc::new(Mutex::new(State { name, content, ..State::default() }));
        let drive = Self { folder, state, device };
        let (device, state) = (drive.device.try_clone().unwrap(), Arc::clone(&drive.state));
        std::thread::spawn(move || serve(&device, &state));
        Some(drive)
    }

    /// The path of the file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.path().join(&self.lock().name)
    }

    /// Answers no request any more.
    pub fn hang(&self) {
        self.lock().is_hanging = true;
    }

    /// Whether a program waits for an answer: about the file or the folder, or for the content.
    #[must_use]
    pub fn is_waited_for(&self) -> bool {
        let kind = |request: &Vec<u8>| number(request, 0) >> 32;
        // LOOKUP, GETATTR, OPEN and READ
        self.lock().waiting.iter().any(|request| matches!(kind(request), 1 | 3 | 14 | 15))
    }

    /// Answers again, first what was asked meanwhile.
    pub fn answer(&self) {
        let mut state = self.lock();
        state.is_hanging = false;
        for request in std::mem::take(&mut state.waiting) {
            reply(&self.device, &request, &state);
        }
    }

    /// Replaces the content of the file. Programs notice it when they look.
    pub fn replace(&self, content: &str) {
        self.lock().content = content.as_bytes().to_vec();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Drive {
    fn drop(&mut self) {
        self.answer();
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).output();
    }
}

fn mount(device: &File, folder: &Path) -> bool {
    let Ok(device) = device.try_clone() else { return false };
    let mut mount = Command::new("mount");
    mount.args(["-i", "-t", "fuse", "-o", "fd=0,rootmode=40000,user_id=0,group_id=0", "drive"]);
    let output = mount.arg(folder).stdin(device).output();
    output.is_ok_and(|output| output.status.success())
}

/// Answers until the drive is unmounted.
fn serve(mut device: &File, state: &Mutex<State>) {
    let mut buffer = vec![0; REQUEST_BYTES + 4_096];
    while let Ok(count) = device.read(&mut buffer) {
        let request = buffer[..count].to_vec();
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.is_hanging {
            true => state.waiting.push(request),
            false => reply(device, &request, &state),
        }
    }
}

fn number(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).map_or(0, |it| u64::from_ne_bytes(it.try_into().unwrap()))
}

/// Answers one request: 40 bytes of header, with the kind at 4, an identifier at 8, and the node at
/// 16.
fn reply(mut device: &File, request: &[u8], state: &State) {
    let (kind, node) = (number(request, 0) >> 32, number(request, 16));
    let (status, body) = match kind {
        // FORGET, INTERRUPT and BATCH_FORGET have no answer
        2 | 36 | 42 => return,
        1 if request.get(40..).and_then(|name| name.strip_suffix(b"\0"))
            == Some(state.name.as_bytes()) =>
        {
            (0, [&words(&[FILE, 0, 0, 0, 0])[..], &attributes(FILE, state)].concat())
        }
        1 => (-2, Vec::new()),
        3 => (0, [&words(&[0, 0])[..], &attributes(node, state)].concat()),
        // OPEN, without a cache
        14 => (0, words(&[0, 1])),
        15 => {
            let size = state.content.len();
            let from = usize::try_from(number(request, 48)).unwrap().min(size);
            let count = usize::try_from(number(request, 56) & 0xffff_ffff).unwrap();
            (0, state.content[from..size.min(from + count)].to_vec())
        }
        // RELEASE and FLUSH
        18 | 25 => (0, Vec::new()),
        // INIT: version 7.31, and writes of 4 KB
        26 => (0, words(&[7 | 31 << 32, 0, 4_096 << 32, 1, 0, 0, 0, 0])),
        _ => (-38, Vec::new()),
    };
    let length = u32::try_from(16 + body.len()).unwrap();
    let head = [&length.to_ne_bytes()[..], &i32::to_ne_bytes(status), &request[8..16]].concat();
    // a request can be gone, with the process that made it
    let _ = device.write_all(&[head, body].concat());
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

/// Size, times and mode. The time of a change follows from the content, so that it is noticed.
fn attributes(node: u64, state: &State) -> Vec<u8> {
    let (mode, size) = match node {
        FILE => (0o100_644_u64, state.content.len() as u64),
        _ => (0o040_755, 0),
    };
    let sum: u64 = state.content.iter().map(|byte| u64::from(*byte)).sum();
    let time = 1_000_000_000 + sum;
    // node, size, blocks, three times, their nanoseconds, mode, links, owner, device, block size
    words(&[node, size, 1, time, time, time, 0, mode << 32, 1, 0, 4_096])
}
