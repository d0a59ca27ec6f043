//! `adrc core` and the commands that talk to it through its named pipe.

use super::harness::{Sandbox, other_plan, pipe};

#[test]
fn core_dials_and_reloads_by_its_pipe_until_a_key_ends_it() {
    let sandbox = Sandbox::with_plan();
    let server = sandbox.served();
    let pipe = pipe("core");
    let line = format!("core --server http://{} --socket {pipe} --cache cache", server.address());
    let core = sandbox.console(&line);
    let dials = || sandbox.run(&format!("dial --core {pipe} 555-1212")).stdout;
    sandbox.eventually("dials", || dials() == "95551212\n");
    let lookup = sandbox.succeeds(&format!("lookup --core {pipe} 5551212"));
    assert_eq!(lookup.stdout, "5551212\n");
    let status = sandbox.succeeds(&format!("status --core {pipe}"));
    assert!(status.stdout.starts_with("generation 1: 1 application and 0 lookup"), "{status:?}");

    sandbox.write("plan.adr", other_plan().as_bytes());
    sandbox.succeeds("compile plan.adr -o published");
    let reloaded = sandbox.succeeds(&format!("reload --core {pipe}"));
    assert_eq!(reloaded.stderr, "the client core now runs generation 2\n");
    assert_eq!(dials(), "85551212\n");

    let second = sandbox.run(&line.replace("--cache cache", "--cache other"));
    assert_eq!(second.status, 2, "{second:?}");
    assert!(second.stderr.contains("another core is listening here"), "{second:?}");

    assert_eq!(core.end(), 0, "{}", sandbox.log());
    let gone = sandbox.run(&format!("status --core {pipe}"));
    assert_eq!(gone.status, 2, "{gone:?}");
    assert!(gone.stderr.contains(&format!("{pipe}: no such socket")), "{gone:?}");
}

#[test]
fn core_without_a_socket_uses_the_pipe_of_its_user() {
    let sandbox = Sandbox::with_plan();
    sandbox.succeeds("compile plan.adr -o published");
    let folder = sandbox.windows_path("published").replace('\\', "/");
    let core = sandbox.console(&format!("core --server file:///{folder} --cache cache"));
    let running = "generation 1: 1 application and 0 lookup";
    sandbox.eventually("answers", || sandbox.run("status").stdout.starts_with(running));
    assert!(sandbox.log().contains(r"listening on \\.\pipe\adrc-"), "{}", sandbox.log());
    let reloaded = sandbox.succeeds("reload --wait 30s");
    assert_eq!(reloaded.stderr, "the client core already runs generation 1\n");
    assert_eq!(core.end(), 0, "{}", sandbox.log());
}

#[test]
fn core_without_the_name_of_a_pipe_does_not_start() {
    let sandbox = Sandbox::with_plan();
    let ran = sandbox.run("core --server http://127.0.0.1:9 --socket adrc.sock --cache cache");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(
        ran.stderr.contains(r"adrc.sock: not the name of a pipe; write \\.\pipe\NAME"),
        "{ran:?}"
    );
}
