//! `adrc watch`: what is published when rules are saved, broken, mended and gone.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::disk::Mounted;
use super::room::{CLEAN, DANGEROUS, Room};

/// How long a loaded machine may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn with_prefix(prefix: usize) -> String {
    CLEAN
        .replace("prefix 9", &format!("prefix {prefix}"))
        .replace("95551212", &format!("{prefix}5551212"))
}

/// A running `adrc watch`, and its messages.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(room: &Room, folder: &str) -> Self {
        let mut command = room.command(&["watch", "rules", "--publish", folder, "--quiet", "50ms"]);
        let mut child = command
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let messages = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in messages.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    /// Waits until a message has this in it; gives the messages before.
    fn until(&self, part: &str) -> Vec<String> {
        let began = Instant::now();
        let mut before = Vec::new();
        loop {
            match self
                .lines
                .recv_timeout(PATIENCE.saturating_sub(began.elapsed()))
            {
                Ok(line) if line.contains(part) => return before,
                Ok(line) => before.push(line),
                late => unreachable!("`{part}` is not said, {late:?}, but {before:?}"),
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn dialled(room: &Room) -> String {
    room.run("dial -r published 5551212").stdout
}

#[test]
fn what_is_saved_is_published_and_what_is_broken_is_not() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&room, "published");
    watching.until("published generation 1");
    room.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("published generation 2");
    assert_eq!(dialled(&room), "85551212\n");
    room.write("rules/plan.adr", DANGEROUS.as_bytes());
    let before = watching.until("nothing is published: published is as it was");
    let reported = before
        .iter()
        .filter(|line| line.contains("error[emergency-rewritten]"));
    assert_eq!(reported.count(), 1, "{before:?}");
    assert_eq!(dialled(&room), "85551212\n");
    room.write("rules/plan.adr", with_prefix(7).as_bytes());
    let before = watching.until("published generation 3");
    assert!(before.is_empty(), "said again: {before:?}");
    assert_eq!(dialled(&room), "75551212\n");
}

#[test]
fn rules_that_go_and_come_back() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&room, "published");
    watching.until("published generation 1");
    fs::remove_dir_all(room.path("rules")).unwrap();
    watching.until("cannot read `rules`");
    assert_eq!(dialled(&room), "95551212\n");
    room.write("rules/plan.adr", CLEAN.as_bytes());
    watching.until("generation 1 is the same");
    room.write("rules/more.adr", b"let a = 1\n");
    watching.until("generation 1 is the same");
}

#[test]
fn a_publisher_in_between_is_waited_for() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&room, "published");
    watching.until("published generation 1");
    let lock = fs::File::open(room.path("published/.lock")).unwrap();
    lock.lock().unwrap();
    room.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("another adrc is publishing here");
    drop(lock);
    let before = watching.until("published generation 2");
    assert!(before.is_empty(), "said again: {before:?}");
}

#[test]
fn a_rollback_stays_until_the_rules_change() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    let first = Watching::start(&room, "published");
    first.until("published generation 1");
    room.write("rules/plan.adr", with_prefix(8).as_bytes());
    first.until("published generation 2");
    assert_eq!(room.run("rollback published").status, 0);
    drop(first);
    let second = Watching::start(&room, "published");
    second.until("these rules are generation 2, which was rolled back");
    assert_eq!(dialled(&room), "95551212\n");
    room.write("rules/plan.adr", with_prefix(7).as_bytes());
    second.until("published generation 4");
    assert_eq!(dialled(&room), "75551212\n");
}

#[test]
fn a_full_disk_is_published_to_when_there_is_room_again() {
    let Some(disk) = Mounted::of_size("256k") else {
        return;
    };
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    let folder = disk.path.join("published").display().to_string();
    let watching = Watching::start(&room, &folder);
    watching.until("published generation 1");
    let mut filling = fs::File::create(disk.path.join("filling")).unwrap();
    while std::io::Write::write_all(&mut filling, &[0; 4096]).is_ok() {}
    room.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("the disk is full");
    assert_eq!(
        room.run(&format!("dial -r {folder} 5551212")).stdout,
        "95551212\n"
    );
    drop(filling);
    fs::remove_file(disk.path.join("filling")).unwrap();
    let before = watching.until("published generation 2");
    assert!(before.is_empty(), "said again: {before:?}");
}

#[test]
fn what_cannot_be_watched_is_2() {
    let room = Room::with(&[("plan.adr", CLEAN)]);
    assert_eq!(room.run("compile plan.adr -o published").status, 0);
    for line in [
        "watch nowhere --publish out",
        "watch published --publish out",
        "watch - --publish out",
        "watch plan.adr",
        "watch plan.adr --publish out --quiet 5",
        "watch plan.adr --publish out --poll soon",
    ] {
        // one that is watched all the same would never end
        let mut command = Command::new("timeout");
        command
            .arg("60")
            .arg(env!("CARGO_BIN_EXE_adrc"))
            .args(line.split(' '));
        let output = command.current_dir(room.path("")).output().unwrap();
        assert!(
            output.status.code() == Some(2) && !output.stderr.is_empty(),
            "{line}: {output:?}"
        );
    }
    assert!(!room.path("out").exists());
}
