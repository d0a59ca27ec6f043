//! `adrc core` as a process of a user: what it needs to start, whom it asks, and what it tells.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use super::core::{RunningCore, eventually, serve};
use super::sandbox::{CLEAN, Sandbox};

/// A sandbox with a published folder, and the address that serves it.
fn published() -> (Sandbox, String) {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    let url = serve(sandbox.path("published"));
    (sandbox, url)
}

#[test]
fn core_without_its_socket_or_cache_exits_with_status_2() {
    let (sandbox, url) = published();
    sandbox.write("file", b"");
    let core = |arguments: &str| sandbox.run(&format!("core --server {url} {arguments}"));
    let ran = core("--socket file --cache other");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("file: exists and is not a socket"), "{ran:?}");
    let _core = RunningCore::start(&sandbox, &["--server", &url]);
    let ran = core("--socket s --cache other");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("s: another core is listening here"), "{ran:?}");
    let ran = core("--socket t --cache cache");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("cache: another core uses this folder"), "{ran:?}");
    for line in ["--ca missing.pem", "--ca plan.adr", "--client-cert plan.adr"] {
        let ran = core(&format!("--socket t --cache other {line}"));
        let file = line.split(' ').nth(1).unwrap();
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.stderr.contains(file), "{line}: {ran:?}");
    }
}

/// A variable of the environment could choose the site whose rules a core gets.
#[test]
fn proxy_is_used_only_if_the_command_line_names_it() {
    let (sandbox, url) = published();
    // nothing listens at this address
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let variables = ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"];
    let variables = variables.map(|name| (name, closed.as_str()));
    let core = RunningCore::start_with(&sandbox, &["--server", &url], &variables);
    eventually(&sandbox, "dials", || sandbox.run("dial --core s 5551212").stdout == "95551212\n");
    drop(core);
    let _core = RunningCore::start(&sandbox, &["--server", &url, "--proxy", &closed]);
    let reloaded = sandbox.run("reload --core s");
    assert!(reloaded.status == 2 && reloaded.stderr.contains("no connection"), "{reloaded:?}");
}

#[test]
fn status_shows_what_runs_and_follows_changes() {
    let (sandbox, url) = published();
    let _core = RunningCore::start(&sandbox, &["--server", &url, "--poll", "1s"]);
    let shown = || sandbox.run("status --core s").stdout;
    let running = format!("generation 1: 1 application and 0 lookup rules from {url}\n");
    eventually(&sandbox, "runs", || shown().starts_with(&running));
    eventually(&sandbox, "follows", || shown().contains(&format!("following {url} by poll")));
    let json = sandbox.run("status --core s --format json").stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["format_version"], &json["status"]["generation"]), (&2.into(), &1.into()));

    let log = std::fs::File::create(sandbox.path("followed")).unwrap();
    let mut follow: Command = sandbox.command(&["status", "--core", "s", "--follow"]);
    let mut follow = follow.stdin(Stdio::null()).stdout(log).spawn().unwrap();
    eventually(&sandbox, "shows", || sandbox.read("followed").starts_with(&running));
    let more = CLEAN.replace('9', "8").replace("8811", "9911").replace("811", "911");
    sandbox.write("plan.adr", more.as_bytes());
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    assert_eq!(sandbox.run("reload --core s --wait 60s").status, 0);
    eventually(&sandbox, "follows", || sandbox.read("followed").contains("generation 2: "));
    let _ = follow.kill();
    let _ = follow.wait();

    let gone = sandbox.run("status --core missing");
    assert!(gone.status == 2 && gone.stderr.contains("missing: no such socket"), "{gone:?}");
}

/// The folder of a server starts again with generation 1.
#[test]
fn older_generation_is_accepted_once_with_forget() {
    let (sandbox, url) = published();
    let core = RunningCore::start(&sandbox, &["--server", &url]);
    let reload = || sandbox.run("reload --core s");
    for prefix in ["8", "7"] {
        let plan = CLEAN.replace('9', prefix).replace(&format!("{prefix}11"), "911");
        sandbox.write("plan.adr", plan.replace(&format!("{prefix}911"), "9911").as_bytes());
        let compiled = sandbox.run("compile plan.adr -o published");
        assert_eq!(compiled.status, 0, "{compiled:?}");
    }
    assert_eq!(reload().stderr, "the client core now runs generation 3\n");
    std::fs::remove_dir_all(sandbox.path("published")).unwrap();
    // other rules than those that run: equal rules with a lower number are accepted
    sandbox.write("plan.adr", CLEAN.as_bytes());
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    let rejected = reload();
    assert!(rejected.status == 2 && rejected.stderr.contains("--forget"), "{rejected:?}");
    drop(core);
    let _core = RunningCore::start(&sandbox, &["--server", &url, "--forget"]);
    eventually(&sandbox, "accepts", || {
        sandbox.run("status --core s").stdout.starts_with("generation 1: ")
    });
}

/// One key signs several folders.
#[test]
fn core_with_a_pinned_folder_rejects_signatures_for_others() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    let key = sandbox.run("key new signer").stdout;
    assert_eq!(sandbox.run("compile plan.adr -o published --sign signer").status, 0);
    let url = serve(sandbox.path("published"));
    let core = |folder: &str| {
        let arguments = ["--server", &url, "--key", key.trim(), "--folder", folder];
        RunningCore::start(&sandbox, &arguments)
    };
    let other = core("test");
    let reloaded = sandbox.run("reload --core s");
    assert!(reloaded.status == 2, "{reloaded:?}");
    assert!(reloaded.stderr.contains("the folder `published`"), "{reloaded:?}");
    drop(other);
    let _core = core("published");
    eventually(&sandbox, "accepts", || sandbox.run("dial --core s 5551212").stdout == "95551212\n");
}

/// A pipe that nobody reads, and that has no room left.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while writer.write(b"\n").is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).unwrap();
    (reader, writer)
}

#[test]
fn core_whose_messages_nobody_reads_obeys_signals() {
    let (sandbox, url) = published();
    let (reader, writer) = full_pipe();
    let mut command = sandbox.command(&["core", "--server", &url, "--socket", "s", "--cache", "c"]);
    let mut core = RunningCore::start_command(&sandbox, command.stderr(writer));
    let dials = |result: &str| {
        eventually(&sandbox, result, || sandbox.run("dial --core s 5551212").stdout == result);
    };
    dials("95551212\n");
    let more = CLEAN.replace('9', "8").replace("8811", "9911").replace("811", "911");
    sandbox.write("plan.adr", more.as_bytes());
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    core.signal("-HUP");
    dials("85551212\n");
    core.signal("-TERM");
    eventually(&sandbox, "ends", || core.exited().is_some());
    assert_eq!(core.exited().unwrap().code(), Some(0));
    drop(reader);
}
