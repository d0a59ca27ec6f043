//! The example for Python, as a program and as a class.

use std::process::Command;

use adr_kit::needs;

use crate::harness::{here, library, run, serve};

#[test]
fn python_example_dials_and_cleans() {
    needs!("python3");
    let dial = |arguments: &[&str]| {
        let mut python = Command::new("python3");
        python.arg(here("examples/dial.py")).arg(library("libadrclient.so")).arg(serve());
        run(python.args(arguments))
    };
    let output = dial(&["5551212", "911", "555-1212"]);
    assert_eq!(output, "generation 7\n95551212\n911\n555-1212\n");
    let output = dial(&["--clean", "tel:555\u{2011}1212;ext=7"]);
    assert_eq!(output, "generation 7\n95551212\n");
}

fn run_cases(cases: &[&str]) {
    let server = serve();
    for case in cases {
        let mut python = Command::new("python3");
        python.env("PYTHONDONTWRITEBYTECODE", "1").arg(here("tests/programs/python_cases.py"));
        python.arg(case).arg(library("libadrclient.so")).arg(&server).arg(here("examples"));
        assert_eq!(run(&mut python), "fine\n", "{case}");
    }
}

#[test]
fn python_threads_and_callbacks_share_a_core() {
    needs!("python3");
    run_cases(&[
        "eight_threads_share_a_core",
        "callbacks_use_the_core",
        "callback_that_raises_does_no_harm",
        "close_waits_for_a_callback",
    ]);
}

#[test]
fn python_errors_have_codes_and_reasons() {
    needs!("python3");
    run_cases(&["errors_have_reasons", "any_number_is_dialed", "interrupt_during_a_reload"]);
}

#[test]
fn python_core_closes_once_and_by_itself() {
    needs!("python3");
    run_cases(&["closed_core_raises", "forgotten_cores_are_closed", "child_process_dials"]);
}

#[test]
fn python_dials_by_rules_from_memory() {
    needs!("python3");
    run_cases(&["rules_from_memory_dial"]);
}
