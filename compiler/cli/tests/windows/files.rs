//! Paths, patterns, line ends, and files that other programs hold open.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use super::harness::{PLAN, Sandbox, other_plan};

#[test]
fn patterns_of_files_are_expanded_and_numbers_are_not() {
    let sandbox = Sandbox::with_plan();
    let checked = sandbox.succeeds("check *.adr");
    assert_eq!(checked.stderr, "plan.adr: no findings in 1 view, 1 rule, 1 test passed\n");
    assert_eq!(sandbox.succeeds("dial plan.adr *67").stdout, "*67\n");
}

#[test]
fn paths_with_backslashes_are_shown_readably() {
    let sandbox = Sandbox::with_plan();
    sandbox.write("rules/größe.adr", PLAN.replace("911, 9911", "911 9911").as_bytes());
    let checked = sandbox.run(r"check rules\größe.adr");
    assert_eq!(checked.status, 1, "{checked:?}");
    assert!(checked.stdout.contains("größe.adr:1:"), "{checked:?}");
    assert!(!checked.stdout.contains(r"\\"), "{checked:?}");
}

#[test]
fn source_with_crlf_keeps_its_line_ends() {
    let sandbox = Sandbox::with_plan();
    let text = PLAN.replace('\n', "\r\n").replace("  rule", "rule");
    sandbox.write("plan.adr", text.as_bytes());
    sandbox.succeeds("fmt plan.adr");
    sandbox.succeeds("fmt --check plan.adr");
    let now = sandbox.read("plan.adr");
    assert!(now.contains("\r\n  rule \"Local\""), "{now:?}");
    assert_eq!(now.matches('\n').count(), now.matches("\r\n").count(), "{now:?}");
    sandbox.succeeds("test plan.adr");
}

#[test]
fn coverage_and_better_rules_of_a_plan_are_shown() {
    let sandbox = Sandbox::with_plan();
    let twice =
        PLAN.replace("  rule", "  rule \"Again\" { begins-with 555; digits 7; prefix 9 }\n  rule");
    sandbox.write("plan.adr", twice.as_bytes());
    let coverage = sandbox.succeeds("coverage plan.adr");
    assert!(coverage.stdout.contains("Local"), "{coverage:?}");
    let optimized = sandbox.run("optimize plan.adr");
    assert!(optimized.status <= 1 && optimized.stdout.contains("Local"), "{optimized:?}");
    assert!(!optimized.stdout.contains("\"Again\" {"), "{optimized:?}");
}

#[test]
fn deployed_file_is_imported() {
    let sandbox = Sandbox::with_plan();
    sandbox.succeeds("key new signer");
    sandbox.succeeds("compile plan.adr -o published --sign signer");
    sandbox.succeeds(r"import published\generations\1\CUPC\AppDialRules.xml -o imported.adr");
    assert_eq!(sandbox.succeeds("dial imported.adr 5551212").stdout, "95551212\n");
    assert_eq!(sandbox.succeeds("diff plan.adr imported.adr").stdout, "No changes.\n");
}

/// A program that holds a file open until the returned process is killed or its input ends.
fn hold(sandbox: &Sandbox, file: &str) -> Child {
    let mut command = sandbox.tool("hold-open");
    command.arg(sandbox.windows_path(file)).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim_end(), "open", "{file}");
    holder
}

fn release(mut holder: Child) {
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
}

#[test]
fn generation_is_published_while_a_reader_holds_the_older_one() {
    let sandbox = Sandbox::with_plan();
    sandbox.succeeds("compile plan.adr -o published --keep 1");
    let holder = hold(&sandbox, "published/generations/1/CUPC/AppDialRules.xml");
    for (number, plan) in [(2, other_plan()), (3, PLAN.to_owned())] {
        sandbox.write("plan.adr", plan.as_bytes());
        sandbox.succeeds("compile plan.adr -o published --keep 1");
        assert_eq!(sandbox.read("published/current"), format!("generations/{number}\n"));
    }
    release(holder);
    sandbox.write("plan.adr", other_plan().as_bytes());
    sandbox.succeeds("compile plan.adr -o published --keep 1");
    let kept = sandbox.listing("published/generations");
    assert!(!kept.iter().any(|name| name == "1" || name.contains("old")), "{kept:?}");
}

#[test]
fn pointer_that_a_reader_holds_open_is_replaced_when_it_is_released() {
    let sandbox = Sandbox::with_plan();
    sandbox.succeeds("compile plan.adr -o published");
    sandbox.write("plan.adr", other_plan().as_bytes());
    let holder = hold(&sandbox, "published/current");
    let releasing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        release(holder);
    });
    sandbox.succeeds("compile plan.adr -o published");
    releasing.join().unwrap();
    assert_eq!(sandbox.read("published/current"), "generations/2\n");
}
