//! `adrc watch`: what is published when rules are saved, broken, fixed and gone.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use adr_kit::mount::Mounted;
use adr_kit::optional::leave_out;

use super::sandbox::{CLEAN, DANGEROUS, Sandbox as Room};

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
        Self::of(room.command(&["watch", "rules", "--publish", folder, "--debounce", "50ms"]))
    }

    /// One that passes no test by looking now and then.
    fn by_events(room: &Room) -> Self {
        let words = ["watch", "rules", "--publish", "published"];
        Self::of(room.command(&[&words[..], &["--debounce", "50ms", "--poll", "1h"]].concat()))
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let messages = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in messages.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until a message has this in it; gives the messages before.
    fn until(&self, part: &str) -> Vec<String> {
        let began = Instant::now();
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE.saturating_sub(began.elapsed())) {
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

fn dialed(room: &Room) -> String {
    room.run("dial published 5551212").stdout
}

#[test]
fn what_is_saved_is_published_and_what_is_broken_is_not() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&room, "published");
    watching.until("published generation 1");
    room.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("published generation 2");
    assert_eq!(dialed(&room), "85551212\n");
    room.write("rules/plan.adr", DANGEROUS.as_bytes());
    let before = watching.until("published is unchanged: the rules have errors");
    let reported = before.iter().filter(|line| line.contains("error[emergency-rewritten]"));
    assert_eq!(reported.count(), 1, "{before:?}");
    assert_eq!(dialed(&room), "85551212\n");
    room.write("rules/plan.adr", with_prefix(7).as_bytes());
    let before = watching.until("published generation 3");
    assert!(before.is_empty(), "said again: {before:?}");
    assert_eq!(dialed(&room), "75551212\n");
}

#[test]
fn failing_test_keeps_the_last_good_generation_published() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&room, "published");
    watching.until("published generation 1");
    let failing = CLEAN.replace("prefix 9", "prefix 8");
    room.write("rules/plan.adr", failing.as_bytes());
    let before = watching.until("published is unchanged: the rules have errors");
    let test = "dial `5551212`: expected `95551212`, got `85551212`, by rule `Local`";
    assert!(before.iter().any(|line| line.contains(test)), "the test is not named: {before:?}");
    assert_eq!(dialed(&room), "95551212\n");
    watching.signal(Signal::HUP);
    watching.until("published is unchanged: the rules have errors");
    assert_eq!(dialed(&room), "95551212\n");
    room.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("published generation 2");
    assert_eq!(dialed(&room), "85551212\n");
}

#[test]
fn rules_that_go_and_come_back() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&room, "published");
    watching.until("published generation 1");
    fs::remove_dir_all(room.path("rules")).unwrap();
    watching.until("cannot read `rules`");
    assert_eq!(dialed(&room), "95551212\n");
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
    assert_eq!(room.run("rollback --publish published").status, 0);
    drop(first);
    let second = Watching::start(&room, "published");
    second.until("these rules are those of generation 2, which was rolled back");
    assert_eq!(dialed(&room), "95551212\n");
    room.write("rules/plan.adr", with_prefix(7).as_bytes());
    second.until("published generation 4");
    assert_eq!(dialed(&room), "75551212\n");
}

/// A signature that comes to its end is made anew whether anybody saves or not, also after a
/// rollback.
#[test]
fn what_is_signed_for_a_time_is_signed_anew() {
    let room = Room::with(&[("rules/plan.adr", CLEAN), ("old.adr", &with_prefix(7))]);
    assert_eq!(room.run("key new signer").status, 0);
    let signing = ["--sign", "signer", "--valid-for", "1m"];
    let words = ["watch", "rules", "--publish", "published"];
    let watching = Watching::of(room.command(&[&words[..], &signing].concat()));
    watching.until("published generation 1");
    // somebody publishes with a clock that is a year behind, so that what he signs is over already
    let compile = ["compile", "old.adr", "-o", "published"];
    let mut late = room.command(&[&compile[..], &signing].concat());
    late.env("SOURCE_DATE_EPOCH", "1700000000");
    assert!(late.status().unwrap().success());
    watching.until("published generation 3, the same rules with a new signature");
    assert_eq!(dialed(&room), "75551212\n");
    let back = ["rollback", "--publish", "published", "1"];
    let mut back = room.command(&[&back[..], &signing].concat());
    back.env("SOURCE_DATE_EPOCH", "1700000000");
    assert!(back.status().unwrap().success());
    watching.until("published generation 5, the same rules with a new signature");
    assert_eq!(dialed(&room), "95551212\n");
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
    assert_eq!(room.run(&format!("dial {folder} 5551212")).stdout, "95551212\n");
    drop(filling);
    fs::remove_file(disk.path.join("filling")).unwrap();
    let before = watching.until("published generation 2");
    assert!(before.is_empty(), "said again: {before:?}");
}

#[test]
fn warnings_are_said_once_while_it_is_tried_again() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&room, "published");
    watching.until("published generation 1");
    let lock = fs::File::open(room.path("published/.lock")).unwrap();
    lock.lock().unwrap();
    let dead = "application { rule \"Dead\" { begins-with 5; digits 7; prefix 5 } }\n";
    room.write("rules/plan.adr", format!("{CLEAN}{dead}").as_bytes());
    let before = watching.until("another adrc is publishing here");
    let warned = before.iter().any(|line| line.contains("dead-rule"));
    assert!(warned, "{before:?}");
    // two tries, or more on a machine that is slow
    std::thread::sleep(Duration::from_millis(2_500));
    room.write("rules/plan.adr", with_prefix(8).as_bytes());
    drop(lock);
    let before = watching.until("published generation 2");
    assert!(before.is_empty(), "said again: {before:?}");
}

#[test]
fn signals_look_at_once_and_end_it() {
    let room = Room::with(&[("rules/plan.adr", CLEAN)]);
    for (end, nth) in
        [(Signal::TERM, "published generation 1"), (Signal::INT, "generation 1 is the same")]
    {
        let mut watching = Watching::by_events(&room);
        watching.until(nth);
        for _ in 0..3 {
            watching.signal(Signal::HUP);
            watching.until("generation 1 is the same");
        }
        watching.signal(end);
        assert_eq!(watching.child.wait().unwrap().code(), Some(0), "{end:?}");
    }
}

/// While nobody reads the kernel's queue of events, more of them come than it holds. Those that are
/// lost are those of a save, and those that are kept are worth no look.
#[test]
fn a_queue_that_overflows_loses_no_save() {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    let room =
        Room::with(&[("rules/plan.adr", CLEAN), ("rules/one.txt", ""), ("rules/two.txt", "")]);
    let watching = Watching::by_events(&room);
    watching.until("published generation 1");
    room.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("published generation 2");
    watching.signal(Signal::STOP);
    let status = format!("/proc/{}/status", watching.child.id());
    while !fs::read_to_string(&status).unwrap().contains("State:\tT") {
        std::thread::sleep(Duration::from_millis(5));
    }
    // the same event twice in a row would be one
    for at in 0..=limit {
        let name = ["rules/one.txt", "rules/two.txt"][at % 2];
        drop(fs::File::open(room.path(name)).unwrap());
    }
    room.write("rules/plan.adr", with_prefix(7).as_bytes());
    watching.signal(Signal::CONT);
    let before = watching.until("published generation 3");
    assert!(before.is_empty(), "{before:?}");
    assert_eq!(dialed(&room), "75551212\n");
}

/// In a user namespace of its own the limits of inotify are its own, and nobody else is hurt.
#[test]
fn without_events_the_poll_finds_every_save() {
    for (limit, words) in [
        ("max_inotify_watches", "raise fs.inotify.max_user_watches"),
        ("max_inotify_instances", "raise fs.inotify.max_user_instances"),
    ] {
        let room = Room::with(&[("rules/plan.adr", CLEAN)]);
        let watch = room.command(&[
            "watch",
            "rules",
            "--publish",
            "published",
            "--debounce",
            "50ms",
            "--poll",
            "100ms",
        ]);
        let script = format!("echo 0 > /proc/sys/user/{limit} && exec \"$0\" \"$@\"");
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "sh", "-c", &script]);
        command.arg(watch.get_program()).args(watch.get_args());
        command.current_dir(room.path(""));
        if !may_unshare() {
            leave_out("a user namespace");
            return;
        }
        let watching = Watching::of(command);
        let before = watching.until("published generation 1");
        let told = before.iter().filter(|line| line.contains(words));
        assert_eq!(told.count(), 1, "{limit}: {before:?}");
        assert!(before.iter().any(|line| line.contains("polls for changes every 100ms")));
        for (prefix, generation) in [(8, 2), (7, 3)] {
            // no event tells whether a file that is written in place is written to its end
            room.write("aside", with_prefix(prefix).as_bytes());
            fs::rename(room.path("aside"), room.path("rules/plan.adr")).unwrap();
            let before = watching.until(&format!("published generation {generation}"));
            assert!(before.is_empty(), "said again: {before:?}");
        }
    }
}

/// Whether this process may have a user namespace of its own; containers often forbid it.
fn may_unshare() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "true"]);
    command.status().is_ok_and(|status| status.success())
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
        command.arg("60").arg(env!("CARGO_BIN_EXE_adrc")).args(line.split(' '));
        let output = command.current_dir(room.path("")).output().unwrap();
        assert!(output.status.code() == Some(2) && !output.stderr.is_empty(), "{line}: {output:?}");
    }
    assert!(!room.path("out").exists());
}
