//! `adrc watch`: what it publishes when rules are saved, broken, fixed and removed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use adr_kit::mount::Mounted;
use adr_kit::optional::leave_out;

use super::sandbox::{CLEAN, DANGEROUS, Sandbox};

/// How long a loaded machine may take for one step.
const TIMEOUT: Duration = Duration::from_secs(60);

/// CLEAN with another prefix.
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
    fn start(sandbox: &Sandbox, folder: &str) -> Self {
        Self::of(sandbox.command(&["watch", "rules", "--publish", folder, "--debounce", "50ms"]))
    }

    /// One with a poll interval so long that only events can make a test pass.
    fn by_events(sandbox: &Sandbox) -> Self {
        let words = ["watch", "rules", "--publish", "published"];
        Self::of(sandbox.command(&[&words[..], &["--debounce", "50ms", "--poll", "1h"]].concat()))
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

    /// Waits for a message with this part; returns the messages before it.
    fn until(&self, part: &str) -> Vec<String> {
        let began = Instant::now();
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(TIMEOUT.saturating_sub(began.elapsed())) {
                Ok(line) if line.contains(part) => return before,
                Ok(line) => before.push(line),
                missing => unreachable!("no message with `{part}`, {missing:?}: {before:?}"),
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

/// The result of one number with the published rules.
fn dialed(sandbox: &Sandbox) -> String {
    sandbox.run("dial published 5551212").stdout
}

#[test]
fn saved_rules_are_published_and_broken_rules_are_not() {
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&sandbox, "published");
    watching.until("published generation 1");
    sandbox.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("published generation 2");
    assert_eq!(dialed(&sandbox), "85551212\n");
    sandbox.write("rules/plan.adr", DANGEROUS.as_bytes());
    let before = watching.until("published is unchanged: the rules have errors");
    let reported = before.iter().filter(|line| line.contains("error[emergency-rewritten]"));
    assert_eq!(reported.count(), 1, "{before:?}");
    assert_eq!(dialed(&sandbox), "85551212\n");
    sandbox.write("rules/plan.adr", with_prefix(7).as_bytes());
    let before = watching.until("published generation 3");
    assert!(before.is_empty(), "unexpected messages: {before:?}");
    assert_eq!(dialed(&sandbox), "75551212\n");
}

#[test]
fn failing_test_keeps_the_last_good_generation_published() {
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&sandbox, "published");
    watching.until("published generation 1");
    let failing = CLEAN.replace("prefix 9", "prefix 8");
    sandbox.write("rules/plan.adr", failing.as_bytes());
    let before = watching.until("published is unchanged: the rules have errors");
    let test = "dial `5551212`: expected `95551212`, got `85551212`, by rule `Local`";
    assert!(before.iter().any(|line| line.contains(test)), "the test is not named: {before:?}");
    assert_eq!(dialed(&sandbox), "95551212\n");
    watching.signal(Signal::HUP);
    watching.until("published is unchanged: the rules have errors");
    assert_eq!(dialed(&sandbox), "95551212\n");
    sandbox.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("published generation 2");
    assert_eq!(dialed(&sandbox), "85551212\n");
}

#[test]
fn removed_and_restored_rules_keep_the_generation() {
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&sandbox, "published");
    watching.until("published generation 1");
    fs::remove_dir_all(sandbox.path("rules")).unwrap();
    watching.until("cannot read `rules`");
    assert_eq!(dialed(&sandbox), "95551212\n");
    sandbox.write("rules/plan.adr", CLEAN.as_bytes());
    watching.until("generation 1 is the same");
    sandbox.write("rules/more.adr", b"let a = 1\n");
    watching.until("generation 1 is the same");
}

#[test]
fn watch_waits_for_another_publisher() {
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&sandbox, "published");
    watching.until("published generation 1");
    let lock = fs::File::open(sandbox.path("published/.lock")).unwrap();
    lock.lock().unwrap();
    sandbox.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("another adrc is publishing here");
    drop(lock);
    let before = watching.until("published generation 2");
    assert!(before.is_empty(), "unexpected messages: {before:?}");
}

#[test]
fn rollback_blocks_the_same_rules_until_they_change() {
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
    let first = Watching::start(&sandbox, "published");
    first.until("published generation 1");
    sandbox.write("rules/plan.adr", with_prefix(8).as_bytes());
    first.until("published generation 2");
    assert_eq!(sandbox.run("rollback --publish published").status, 0);
    drop(first);
    let second = Watching::start(&sandbox, "published");
    second.until("these rules are those of generation 2, which was rolled back");
    assert_eq!(dialed(&sandbox), "95551212\n");
    sandbox.write("rules/plan.adr", with_prefix(7).as_bytes());
    second.until("published generation 4");
    assert_eq!(dialed(&sandbox), "75551212\n");
}

/// adrc renews a signature before it expires, without a change of rules and also after a rollback.
#[test]
fn expiring_signature_is_renewed() {
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN), ("old.adr", &with_prefix(7))]);
    assert_eq!(sandbox.run("key new signer").status, 0);
    let signing = ["--sign", "signer", "--valid-for", "1m"];
    let words = ["watch", "rules", "--publish", "published"];
    let watching = Watching::of(sandbox.command(&[&words[..], &signing].concat()));
    watching.until("published generation 1");
    // another process publishes with a clock that is years behind: its signature has expired
    let compile = ["compile", "old.adr", "-o", "published"];
    let mut late = sandbox.command(&[&compile[..], &signing].concat());
    late.env("SOURCE_DATE_EPOCH", "1700000000");
    assert!(late.status().unwrap().success());
    watching.until("published generation 3, the same rules with a new signature");
    assert_eq!(dialed(&sandbox), "75551212\n");
    let back = ["rollback", "--publish", "published", "1"];
    let mut back = sandbox.command(&[&back[..], &signing].concat());
    back.env("SOURCE_DATE_EPOCH", "1700000000");
    assert!(back.status().unwrap().success());
    watching.until("published generation 5, the same rules with a new signature");
    assert_eq!(dialed(&sandbox), "95551212\n");
}

#[test]
fn watch_after_a_full_disk_publishes_when_space_is_free() {
    let Some(disk) = Mounted::of_size("256k") else {
        return;
    };
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
    let folder = disk.path.join("published").display().to_string();
    let watching = Watching::start(&sandbox, &folder);
    watching.until("published generation 1");
    let mut filling = fs::File::create(disk.path.join("filling")).unwrap();
    while std::io::Write::write_all(&mut filling, &[0; 4096]).is_ok() {}
    sandbox.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("the disk is full");
    assert_eq!(sandbox.run(&format!("dial {folder} 5551212")).stdout, "95551212\n");
    drop(filling);
    fs::remove_file(disk.path.join("filling")).unwrap();
    let before = watching.until("published generation 2");
    assert!(before.is_empty(), "unexpected messages: {before:?}");
}

#[test]
fn retried_publication_reports_warnings_once() {
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
    let watching = Watching::start(&sandbox, "published");
    watching.until("published generation 1");
    let lock = fs::File::open(sandbox.path("published/.lock")).unwrap();
    lock.lock().unwrap();
    let dead = "application { rule \"Dead\" { begins-with 5; digits 7; prefix 5 } }\n";
    sandbox.write("rules/plan.adr", format!("{CLEAN}{dead}").as_bytes());
    let before = watching.until("another adrc is publishing here");
    let warned = before.iter().any(|line| line.contains("dead-rule"));
    assert!(warned, "{before:?}");
    // time for two attempts, or more on a slow machine
    std::thread::sleep(Duration::from_millis(2_500));
    sandbox.write("rules/plan.adr", with_prefix(8).as_bytes());
    drop(lock);
    let before = watching.until("published generation 2");
    assert!(before.is_empty(), "unexpected messages: {before:?}");
}

#[test]
fn hup_rescans_and_term_or_int_ends_watch_with_status_0() {
    let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
    for (end, nth) in
        [(Signal::TERM, "published generation 1"), (Signal::INT, "generation 1 is the same")]
    {
        let mut watching = Watching::by_events(&sandbox);
        watching.until(nth);
        for _ in 0..3 {
            watching.signal(Signal::HUP);
            watching.until("generation 1 is the same");
        }
        watching.signal(end);
        assert_eq!(watching.child.wait().unwrap().code(), Some(0), "{end:?}");
    }
}

/// `adrc watch` is stopped while the kernel's event queue overflows. The lost events are those of a
/// save; the kept ones are of files that are not part of the plan.
#[test]
fn overflowing_event_queue_loses_no_save() {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    let sandbox =
        Sandbox::with(&[("rules/plan.adr", CLEAN), ("rules/one.txt", ""), ("rules/two.txt", "")]);
    let watching = Watching::by_events(&sandbox);
    watching.until("published generation 1");
    sandbox.write("rules/plan.adr", with_prefix(8).as_bytes());
    watching.until("published generation 2");
    watching.signal(Signal::STOP);
    let status = format!("/proc/{}/status", watching.child.id());
    while !fs::read_to_string(&status).unwrap().contains("State:\tT") {
        std::thread::sleep(Duration::from_millis(5));
    }
    // two files in turn, because the kernel merges an event with an equal one before it
    for at in 0..=limit {
        let name = ["rules/one.txt", "rules/two.txt"][at % 2];
        drop(fs::File::open(sandbox.path(name)).unwrap());
    }
    sandbox.write("rules/plan.adr", with_prefix(7).as_bytes());
    watching.signal(Signal::CONT);
    let before = watching.until("published generation 3");
    assert!(before.is_empty(), "{before:?}");
    assert_eq!(dialed(&sandbox), "75551212\n");
}

/// A user namespace has limits of inotify that do not affect other processes.
#[test]
fn watch_without_events_finds_every_save_by_polling() {
    for (limit, advice) in [
        ("max_inotify_watches", "raise fs.inotify.max_user_watches"),
        ("max_inotify_instances", "raise fs.inotify.max_user_instances"),
    ] {
        let sandbox = Sandbox::with(&[("rules/plan.adr", CLEAN)]);
        let watch = sandbox.command(&[
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
        command.current_dir(sandbox.path(""));
        if !may_unshare() {
            leave_out("a user namespace");
            return;
        }
        let watching = Watching::of(command);
        let before = watching.until("published generation 1");
        let warnings = before.iter().filter(|line| line.contains(advice));
        assert_eq!(warnings.count(), 1, "{limit}: {before:?}");
        assert!(before.iter().any(|line| line.contains("polls for changes every 100ms")));
        for (prefix, generation) in [(8, 2), (7, 3)] {
            // renamed: without events, adrc could read a file while it is being written
            sandbox.write("aside", with_prefix(prefix).as_bytes());
            fs::rename(sandbox.path("aside"), sandbox.path("rules/plan.adr")).unwrap();
            let before = watching.until(&format!("published generation {generation}"));
            assert!(before.is_empty(), "unexpected messages: {before:?}");
        }
    }
}

/// Whether this process may create a user namespace; containers often forbid it.
fn may_unshare() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "true"]);
    command.status().is_ok_and(|status| status.success())
}

#[test]
fn watch_of_invalid_input_exits_with_status_2() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    for line in [
        "watch nowhere --publish out",
        "watch published --publish out",
        "watch - --publish out",
        "watch plan.adr",
        "watch plan.adr --publish out --quiet 5",
        "watch plan.adr --publish out --poll soon",
    ] {
        // an accepted command would run forever
        let mut command = Command::new("timeout");
        command.arg("60").arg(env!("CARGO_BIN_EXE_adrc")).args(line.split(' '));
        let output = command.current_dir(sandbox.path("")).output().unwrap();
        assert!(output.status.code() == Some(2) && !output.stderr.is_empty(), "{line}: {output:?}");
    }
    assert!(!sandbox.path("out").exists());
}
