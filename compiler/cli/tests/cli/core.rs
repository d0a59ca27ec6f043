//! `adrc core` and the commands that talk to it: start, dial, reload, sign, stop.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use adr_kit::needs;
use adr_kit::wait::wait_within;

use super::sandbox::{CLEAN, Sandbox};

/// Serves the files of a folder by HTTP until the test ends.
pub(super) fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
            let path = head.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
            let (status, body) =
                std::fs::read(folder.join(path)).map_or((404, Vec::new()), |body| (200, body));
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    url
}

/// A core that is killed when the test ends.
pub(super) struct RunningCore(Child);

impl RunningCore {
    pub(super) fn start(sandbox: &Sandbox, arguments: &[&str]) -> Self {
        Self::start_with(sandbox, arguments, &[])
    }

    /// A core with variables in its environment.
    pub(super) fn start_with(
        sandbox: &Sandbox,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let mut command =
            sandbox.command(&[&["core", "--socket", "s", "--cache", "cache"], arguments].concat());
        command.envs(variables.iter().copied());
        let log = std::fs::File::create(sandbox.path("log")).unwrap();
        Self::start_command(sandbox, command.stderr(log))
    }

    /// A core whose messages go where the command says.
    pub(super) fn start_command(sandbox: &Sandbox, command: &mut Command) -> Self {
        let core = Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
        eventually(sandbox, "answers", || sandbox.run("dial --core s 911").status == 0);
        core
    }

    /// The status with which the core has exited.
    pub(super) fn exited(&mut self) -> Option<std::process::ExitStatus> {
        self.0.try_wait().unwrap()
    }

    pub(super) fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }
}

impl Drop for RunningCore {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(super) fn eventually(sandbox: &Sandbox, what: &str, holds: impl FnMut() -> bool) {
    let failure = || format!("{what}\n{}", sandbox.read("log"));
    wait_within(Duration::from_secs(60), holds, failure);
}

#[test]
fn core_dials_reloads_and_stops() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    assert_eq!(sandbox.run("compile plan.adr -o published").status, 0);
    let url = serve(sandbox.path("published"));
    let mut core = RunningCore::start(&sandbox, &["--server", &url]);
    let dials = |result: &str| {
        eventually(&sandbox, result, || {
            sandbox.run("dial --core s 555-1212").stdout == format!("{result}\n")
        });
    };
    dials("95551212");
    assert_eq!(sandbox.run("dial --core s --raw 555-1212").stdout, "555-1212\n");
    assert_eq!(sandbox.run("lookup --core s 5551212").stdout, "5551212\n");
    let many = sandbox.given(&["dial", "--core", "s", "-"], b"5551212\n911\n");
    assert_eq!((many.status, many.stdout.as_str()), (0, "95551212\n911\n"));
    let same = sandbox.run("reload --core s");
    assert_eq!(
        (same.status, same.stderr.as_str()),
        (0, "the client core already runs generation 1\n")
    );

    sandbox.write(
        "plan.adr",
        CLEAN.replace('9', "8").replace("8811", "9911").replace("811", "911").as_bytes(),
    );
    assert_eq!(
        sandbox.run("compile plan.adr -o published").status,
        0,
        "{:?}",
        sandbox.run("check plan.adr")
    );
    let next = sandbox.run("reload --core s --wait 60s");
    assert_eq!((next.status, next.stderr.as_str()), (0, "the client core now runs generation 2\n"));
    dials("85551212");

    assert_eq!(sandbox.run("rollback --publish published").status, 0);
    core.signal("-HUP");
    dials("95551212");

    std::fs::remove_file(sandbox.path("published/current")).unwrap();
    let rejected = sandbox.run("reload --core s");
    assert_eq!(rejected.status, 2, "{rejected:?}");
    assert!(rejected.stderr.contains("generation 3 is running"), "{rejected:?}");
    dials("95551212");

    core.signal("-TERM");
    assert_eq!(core.0.wait().unwrap().code(), Some(0));
    assert!(!sandbox.path("s").exists());
    let log = sandbox.read("log");
    assert!(
        log.contains(
            "generation 2 is running: 1 application and 0 lookup rules from http://127.0.0.1"
        ),
        "{log}"
    );
    assert!(!log.contains("5551212") && !log.contains("555-1212"), "{log}");

    let gone = sandbox.run("dial --core s 911");
    assert_eq!((gone.status, gone.stdout.as_str()), (2, ""));
    assert!(gone.stderr.contains("s: no such socket"), "{gone:?}");
    // without an answer from a server, the core uses the cached rules
    let _core = RunningCore::start(&sandbox, &["--server", "http://127.0.0.1:1/"]);
    assert_eq!(sandbox.run("dial --core s 5551212").stdout, "95551212\n");
}

/// Client cores that pin a new public key would reject everything signed with the old secret key.
#[test]
fn key_new_beside_half_a_key_pair_is_rejected() {
    for (present, missing) in [("signer", "signer.pub"), ("signer.pub", "signer")] {
        let sandbox = Sandbox::with(&[(present, "old")]);
        let made = sandbox.run("key new signer");
        assert!(made.status == 2 && made.stdout.is_empty(), "{made:?}");
        assert_eq!(sandbox.read(present), "old");
        assert!(!sandbox.path(missing).exists(), "{missing} was made");
    }
}

#[test]
fn key_new_makes_private_files_and_overwrites_nothing() {
    let sandbox = Sandbox::new();
    let made = sandbox.run("key new signer");
    assert_eq!(made.status, 0, "{made:?}");
    let mode =
        |name: &str| std::fs::metadata(sandbox.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("signer"), 0o600);
    assert!(sandbox.read("signer.pub").ends_with(&made.stdout));
    let again = sandbox.run("key new signer");
    assert_eq!((again.status, again.stdout.as_str()), (2, ""));
    assert!(again.stderr.contains("adrc does not overwrite files"), "{again:?}");
    let line = made.stdout.trim();
    for key in ["signer.pub", line] {
        let _core =
            RunningCore::start(&sandbox, &["--server", "http://127.0.0.1:1/", "--key", key]);
    }
    let wrong = sandbox.run("core --server http://127.0.0.1:1/ --socket s --cache c --key signer");
    assert_eq!(wrong.status, 2, "{wrong:?}");
}

#[test]
fn invalid_arguments_exit_with_status_2() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    for line in [
        "core",
        "core --server ftp://h",
        "core --server h",
        "core --server http://h --poll 0s",
        "core --server http://h --poll 5",
        "dial --core s",
        "dial --core s plan.adr 911",
        "dial --core s --trace 911",
        "dial --core s --site Dallas 911",
        "reload --wait 5 --core s",
        "reload --core s",
        "key",
    ] {
        let ran = sandbox.run(line);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{line}: {ran:?}");
        assert!(!ran.stderr.is_empty(), "{line}");
    }
    std::fs::create_dir(sandbox.path("open")).unwrap();
    std::fs::set_permissions(sandbox.path("open"), std::fs::Permissions::from_mode(0o777)).unwrap();
    let open = sandbox.run("core --server http://127.0.0.1:1/ --socket s --cache open");
    assert!(open.status == 2 && open.stderr.contains("others can write to it"), "{open:?}");
}

#[test]
fn core_with_a_pinned_key_rejects_other_signatures() {
    needs!("minisign");
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    let key = sandbox.run("key new signer").stdout;
    sandbox.run("key new other");
    let compile =
        |arguments: &str| sandbox.run(&format!("compile plan.adr -o published {arguments}"));
    assert_eq!(compile("--sign signer --valid-for 30days").status, 0);
    // `minisign` verifies the signature
    let verified = Command::new("minisign")
        .args([
            "-V",
            "-p",
            "signer.pub",
            "-m",
            "published/manifest.json",
            "-x",
            "published/manifest.json.minisig",
        ])
        .current_dir(sandbox.path(""))
        .output()
        .unwrap();
    assert!(verified.status.success(), "{verified:?}");
    assert!(String::from_utf8_lossy(&verified.stdout).contains("generation:1"), "{verified:?}");

    let url = serve(sandbox.path("published"));
    let _core = RunningCore::start(&sandbox, &["--server", &url, "--key", key.trim()]);
    let dials = |result: &str| {
        let result = format!("{result}\n");
        eventually(&sandbox, &result, || sandbox.run("dial --core s 5551212").stdout == result);
    };
    dials("95551212");
    let same = compile("--sign signer --valid-for 30days");
    assert!(same.stderr.contains("nothing to do"), "{same:?}");
    // 30 days are less than half of a year: the same content gets a new signature under a new
    // generation number
    let renewed = compile("--sign signer --valid-for 365days");
    assert!(renewed.stderr.contains("published generation 2"), "{renewed:?}");
    assert_eq!(sandbox.run("reload --core s").stderr, "the client core now runs generation 2\n");
    // an unsigned generation is not published over a signed one, and cores reject another key
    assert_ne!(compile("").status, 0);
    assert_eq!(compile("--sign other").status, 0);
    let rejected = sandbox.run("reload --core s");
    assert!(rejected.status == 2 && rejected.stderr.contains("another key"), "{rejected:?}");
    dials("95551212");
    assert_eq!(sandbox.run("rollback --publish published 1 --sign signer").status, 0);
    assert_eq!(sandbox.run("reload --core s").stderr, "the client core now runs generation 4\n");
}

#[test]
fn invalid_signing_arguments_exit_with_status_2() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    sandbox.run("key new signer");
    for line in [
        "compile plan.adr -o published --sign signer.pub",
        "compile plan.adr -o published --sign no-such-key",
        "compile plan.adr -o published --sign plan.adr",
        "compile plan.adr -o published --valid-for 1h",
        "compile plan.adr -o published --sign signer --valid-for 1s",
        "compile plan.adr -o published --sign signer --valid-for soon",
    ] {
        let ran = sandbox.run(line);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{line}: {ran:?}");
    }
    assert!(!sandbox.path("published").exists());
}

#[test]
fn service_option_is_rejected_outside_of_windows_and_with_forget() {
    let sandbox = Sandbox::new();
    let core = "core --server http://127.0.0.1:9 --socket s --cache cache --service";
    let ran = sandbox.run(core);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert_eq!(
        ran.stderr,
        "error: `--service` is for the service manager of Windows\n  help: leave it out; systemd \
         starts `adrc core` with `Type=notify`\n"
    );
    let ran = sandbox.run(&format!("{core} --forget"));
    assert_eq!(ran.status, 2, "{ran:?}");
    let message = "the argument '--service' cannot be used with '--forget'";
    assert!(ran.stderr.contains(message), "{ran:?}");
    assert!(!sandbox.path("cache").exists());
}
