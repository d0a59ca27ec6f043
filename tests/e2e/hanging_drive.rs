//! A drive that stops answering: the server says so, serves on, and reads the drive when it is
//! back.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use adr_kit::drive::Drive;
use adr_kit::http::curl;
use adr_kit::needs;
use adr_kit::process::LoggingProcess;
use adr_kit::wait::{TIMEOUT, wait_within};
use rustix::process::Signal;

use super::server_process::ServerProcess;

fn plan(prefix: u32) -> String {
    format!(
        "emergency 911\napplication {{ rule \"Local\" {{ begins-with 5; digits 7; prefix {prefix} }} }}\n\
         test {{ dial 911 -> unchanged }}\n"
    )
}

/// A thread that waits for the drive cannot even be killed, so the drive is dropped first.
struct Scene {
    drive: Drive,
    server: ServerProcess,
}

impl Scene {
    fn metric(&self, name: &str) -> u64 {
        let metrics = self.server.admin(&["/metrics"]).body;
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap().parse().unwrap()
    }

    fn has_prefix(&self, prefix: u32) -> bool {
        let file =
            curl(&["--max-time", "120"], &format!("http://{}/AppDialRules.xml", self.server.http));
        file.body.contains(&format!("PrefixWith=\"{prefix}\""))
    }
}

/// A server whose plan is on a drive.
fn scene() -> Option<(Scene, tempfile::TempDir)> {
    let drive = Drive::with("plan.adr", &plan(9))?;
    let sandbox = tempfile::tempdir().unwrap();
    let path = drive.file().display().to_string();
    let arguments = [&*path, "--poll", "1s"];
    let server = ServerProcess::start_watching(sandbox.path(), &arguments, ["127.0.0.1:0"; 3]);
    Some((Scene { drive, server }, sandbox))
}

#[test]
fn reload_from_a_drive_that_hangs_fails_and_serving_continues() {
    needs!("curl");
    let Some((mut scene, _sandbox)) = scene() else { return };
    assert!(scene.has_prefix(9));
    scene.drive.hang();
    scene.drive.replace(&plan(7));
    scene.server.signal(Signal::HUP);
    let running = "adrc_reload_running_seconds";
    wait_within(TIMEOUT, || scene.metric(running) > 0, || "a reload that is running".to_owned());
    let is_shown = || scene.server.admin(&["/"]).body.contains("A reload takes long");
    wait_within(TIMEOUT, is_shown, || "the reload on the status page".to_owned());
    let _ = scene.server.until_ready();
    let why = scene.server.wait_for("reload failed")["why"].to_string();
    assert!(why.contains("plan.adr") && why.contains("does not answer"), "{why}");
    assert!(scene.has_prefix(9));
    assert_eq!(scene.metric("adrc_failed_reloads"), 1);
    scene.drive.answer();
    wait_within(TIMEOUT, || scene.has_prefix(7), || "the new rules".to_owned());
    wait_within(TIMEOUT, || scene.metric("adrc_failed_reloads") == 0, || "recovery".to_owned());
    let Scene { drive, server } = scene;
    assert_eq!(server.terminate(), Some(0));
    drop(drive);
}

#[test]
fn server_ends_although_a_drive_hangs() {
    needs!("curl");
    let Some((mut scene, _sandbox)) = scene() else { return };
    scene.drive.hang();
    scene.server.signal(Signal::HUP);
    let running = "adrc_reload_running_seconds";
    wait_within(TIMEOUT, || scene.metric(running) > 0, || "a reload that is running".to_owned());
    scene.server.signal(Signal::TERM);
    scene.server.wait_for("ended");
    // the kernel keeps the process until the drive answers
    let Scene { drive, server } = scene;
    drive.answer();
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn file_on_a_drive_that_hangs_is_unavailable_and_others_are_served() {
    needs!("curl");
    let Some(drive) = Drive::with("firmware.bin", "firmware") else { return };
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("plan.adr"), plan(9)).unwrap();
    let root = drive.file().parent().unwrap().display().to_string();
    let server = ServerProcess::start(sandbox.path(), &["plan.adr", "--root", &root]);
    let scene = Scene { drive, server };
    let url = format!("http://{}/firmware.bin", scene.server.http);
    let get = || curl(&["--max-time", "100"], &url);
    assert_eq!(get().body, "firmware");
    scene.drive.hang();
    assert_eq!(get().status, 503);
    assert!(scene.has_prefix(9));
    scene.drive.answer();
    assert_eq!(get().body, "firmware");
}

/// Longest time from a signal to the end of a server that starts. A busy machine may need some of
/// it for the log.
const END_OF_START: Duration = Duration::from_secs(30);

/// A server that starts, and waits for a file of a drive that hangs.
struct Start {
    drive: Drive,
    process: LoggingProcess,
}

impl Start {
    fn of(drive: Drive, folder: &Path, arguments: &[&str]) -> Self {
        // the mount is complete
        fs::metadata(drive.file()).unwrap();
        drive.hang();
        let mut command = adr_tests::adrc(folder);
        command.args(["serve", "plan.adr", "--log", "json", "--admin", "off"]);
        command.args(["--tftp", "127.0.0.1:0", "--http", "127.0.0.1:0"]).args(arguments);
        let start = Self { drive, process: LoggingProcess::start(command) };
        let waits = || start.drive.is_waited_for();
        wait_within(TIMEOUT, waits, || "a request to the drive".to_owned());
        start
    }

    fn end_by(mut self, signal: Signal) {
        let began = Instant::now();
        self.process.signal(signal);
        self.process.wait_for_nth("ended", 1);
        let time = began.elapsed();
        // its other threads are gone, and the kernel keeps it until the drive answers
        let stat = format!("/proc/{}/stat", self.process.id());
        let is_gone = || fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") Z "));
        wait_within(TIMEOUT, is_gone, || "the end of the process".to_owned());
        self.drive.answer();
        assert_eq!(self.process.wait(), Some(0));
        assert!(time < END_OF_START, "{time:?}");
    }
}

#[test]
fn server_ends_soon_although_its_first_reading_hangs() {
    for signal in [Signal::TERM, Signal::INT] {
        let sandbox = tempfile::tempdir().unwrap();
        let Some(drive) = Drive::below(sandbox.path(), "shared.adr", &plan(9)) else { return };
        // the command itself looks at what it is given, before it can hear signals
        let file = drive.file();
        let included = file.strip_prefix(sandbox.path()).unwrap();
        fs::write(sandbox.path().join("plan.adr"), format!("include {included:?}\n")).unwrap();
        Start::of(drive, sandbox.path(), &[]).end_by(signal);
    }
}

#[test]
fn server_ends_soon_although_its_first_certificate_hangs() {
    let Some(drive) = Drive::with("cert.pem", "") else { return };
    let sandbox = tempfile::tempdir().unwrap();
    fs::write(sandbox.path().join("plan.adr"), plan(9)).unwrap();
    let tls = format!("{{ certificate = {0:?}, key = {0:?} }}", drive.file());
    let settings = format!("https = \"127.0.0.1:0\"\ntls = {tls}\n");
    fs::write(sandbox.path().join("adrc.toml"), settings).unwrap();
    Start::of(drive, sandbox.path(), &["--config", "adrc.toml"]).end_by(Signal::TERM);
}
