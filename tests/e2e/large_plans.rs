//! Small plans that would expand without bound: a server is done with them soon, serves and ends.

use std::fmt::Write;
use std::fs;

use super::server_process::ServerProcess;
use adr_kit::http::curl;
use adr_kit::needs;

const PLAN: &str = "emergency 911\napplication { rule \"Local\" { begins-with 5; digits 7; prefix 9 } }\ntest { dial 911 -> unchanged }\n";

/// Groups that use the group before ten times each; the first one contains `innermost`.
fn groups(depth: usize, innermost: &str) -> String {
    let mut plan = format!("emergency 911\ngroup \"g0\" {{ {innermost} }}\n");
    for level in 1..=depth {
        let uses = format!("use \"g{}\"\n", level - 1).repeat(10);
        writeln!(plan, "group \"g{level}\" {{\n{uses}}}").unwrap();
    }
    writeln!(plan, "application {{ use \"g{depth}\" }}").unwrap();
    plan
}

/// Lists that contain the list before ten times each.
fn lists(depth: usize) -> String {
    let mut plan = "emergency 911\nlet a0 = 1, 2\n".to_owned();
    for level in 1..=depth {
        let values = vec![format!("${{a{}}}", level - 1); 10].join(", ");
        writeln!(plan, "let a{level} = {values}").unwrap();
    }
    let rule = format!("rule \"x\" {{ begins-with ${{a{depth}}}; digits 7; prefix 9 }}");
    writeln!(plan, "application {{ {rule} }}").unwrap();
    plan
}

#[test]
fn plan_that_expands_without_bound_ends_soon_and_serving_continues() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let plan = sandbox.path().join("plan.adr");
    fs::write(&plan, PLAN).unwrap();
    let arguments = ["plan.adr", "--admin-reload", "--publish", "published"];
    let server = ServerProcess::start(sandbox.path(), &arguments);
    for text in [
        groups(9, ""),
        groups(8, "rule \"r\" { begins-with 5; digits 7; prefix 9 }"),
        lists(6),
        "application {".repeat(20_000),
    ] {
        fs::write(&plan, &text).unwrap();
        let reloaded = server.admin(&["-XPOST", "--max-time", "60", "/-/reload"]);
        // groups without effect are accepted, with a warning; 202 would mean that adrc still works
        assert!([200, 422].contains(&reloaded.status), "{}: {reloaded:?}", &text[..200]);
        let file = curl(&[], &format!("http://{}/AppDialRules.xml", server.http));
        assert_eq!(file.status, 200, "{file:?}");
        let _ = server.until_ready();
    }
    assert_eq!(server.terminate(), Some(0));
}
