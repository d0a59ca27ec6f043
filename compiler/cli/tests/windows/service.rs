//! `adrc core --service` under a service manager.

use std::process::Command;

use adr_kit::sandbox::{Finished, finish};

use super::harness::{Sandbox, adrc_path, other_plan, pipe};

/// A service that is stopped and removed when this value is dropped.
struct Service<'s> {
    sandbox: &'s Sandbox,
    name: String,
}

impl<'s> Service<'s> {
    fn create(sandbox: &'s Sandbox, name: &str, arguments: &str) -> Self {
        let service = Self { sandbox, name: format!("adrc-{name}-{}", std::process::id()) };
        let line = format!("\"{}\" core --service {arguments}", adrc_path());
        let created = finish(service.command("create", &[&line]), b"");
        assert_eq!(created.status, 0, "{created:?}");
        service
    }

    fn command(&self, verb: &str, more: &[&str]) -> Command {
        let mut command = self.sandbox.tool("service-control");
        command.args([verb, &self.name]).args(more);
        command
    }

    fn control(&self, verb: &str) -> Finished {
        finish(self.command(verb, &[]), b"")
    }

    /// The state, the accepted controls, and the two exit codes.
    fn state(&self) -> String {
        self.control("state").stdout.trim_end().to_owned()
    }

    fn waits_for(&self, state: &str) {
        self.sandbox.eventually(state, || self.state() == state);
    }
}

impl Drop for Service<'_> {
    fn drop(&mut self) {
        self.control("stop");
        self.control("remove");
    }
}

#[test]
fn service_starts_reloads_and_stops() {
    let sandbox = Sandbox::with_plan();
    let server = sandbox.served();
    let (pipe, cache) = (pipe("service"), sandbox.windows_path("cache"));
    let arguments = format!("--server http://{} --socket {pipe} --cache {cache}", server.address());
    let service = Service::create(&sandbox, "works", &arguments);
    let started = service.control("start");
    assert_eq!(started.status, 0, "{started:?}");
    // running, and accepts STOP, SHUTDOWN and PARAMCHANGE
    service.waits_for("4 13 0 0");
    let dials = || sandbox.run(&format!("dial --core {pipe} 555-1212")).stdout;
    sandbox.eventually("dials", || dials() == "95551212\n");

    sandbox.write("plan.adr", other_plan().as_bytes());
    sandbox.succeeds("compile plan.adr -o published");
    assert_eq!(service.control("reload").status, 0);
    sandbox.eventually("reloads", || dials() == "85551212\n");

    assert_eq!(service.control("stop").status, 0);
    service.waits_for("1 0 0 0");
    let log = sandbox.read("cache.log");
    let lines =
        ["starts as a service", "listening on ", "PARAMCHANGE: asking the servers", "ending"];
    assert!(lines.iter().all(|line| log.contains(line)), "{log}");

    // a second start does not erase the messages of the first
    assert_eq!(service.control("start").status, 0);
    service.waits_for("4 13 0 0");
    assert_eq!(service.control("stop").status, 0);
    service.waits_for("1 0 0 0");
    let both = sandbox.read("cache.log");
    assert!(both.starts_with(&log) && both.matches("listening on ").count() == 2, "{both}");
}

#[test]
fn service_that_cannot_start_reports_its_exit_status() {
    let sandbox = Sandbox::with_plan();
    let cache = sandbox.windows_path("cache");
    let arguments = format!("--server http://127.0.0.1:9 --socket wrong --cache {cache}");
    let service = Service::create(&sandbox, "fails", &arguments);
    service.control("start");
    // stopped with `ERROR_SERVICE_SPECIFIC_ERROR` and the status of the command
    service.waits_for("1 0 1066 2");
    let log = sandbox.read("cache.log");
    assert!(log.contains(r"wrong: not the name of a pipe; write \\.\pipe\NAME"), "{log}");
}

#[test]
fn service_with_wrong_settings_writes_the_reason() {
    let sandbox = Sandbox::with_plan();
    // an ending of the folder remains
    let cache = sandbox.windows_path("rules.v1");
    let arguments = format!("--server http://127.0.0.1:9 --key missing.pub --cache {cache}");
    let service = Service::create(&sandbox, "key", &arguments);
    service.control("start");
    service.waits_for("1 0 1066 2");
    let log = sandbox.read("rules.v1.log");
    let reason = log.lines().find(|line| line.contains("Z error: "));
    assert!(reason.is_some_and(|line| line.contains("missing.pub")), "{log}");
}

#[test]
fn service_without_a_file_for_messages_does_not_start() {
    let sandbox = Sandbox::with_plan();
    let cache = sandbox.windows_path("plan.adr/cache");
    let arguments = format!("--server http://127.0.0.1:9 --cache {cache}");
    let service = Service::create(&sandbox, "silent", &arguments);
    service.control("start");
    service.waits_for("1 0 1066 3");
}

#[test]
fn service_that_forgets_at_each_start_is_rejected() {
    let sandbox = Sandbox::with_plan();
    let ran = sandbox.run("core --service --forget --server http://127.0.0.1:9");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("'--service' cannot be used with '--forget'"), "{ran:?}");
}

#[test]
fn service_option_outside_of_a_service_is_an_error() {
    let sandbox = Sandbox::with_plan();
    let ran = sandbox.run("core --service --server http://127.0.0.1:9");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("`--service` needs the service manager of Windows"), "{ran:?}");
}
