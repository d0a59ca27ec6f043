//! The example for Python, as a program and as a class.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use adr_kit::nats::{NatsOptions, NatsServer};
use adr_kit::needs;
use adr_kit::process::KillOnDrop;

use crate::harness::{here, library, run, serve, serve_generation};

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
    run_cases(&["rules_from_memory_dial", "states_of_a_program_are_checked"]);
}

/// The program hears of a generation that is current when it starts, and of a later one.
#[test]
fn python_example_hears_of_generations_over_nats() {
    needs!("python3");
    let modules = here("../../target/python");
    let is_there = adr_kit::optional::is_python_module("nats", &modules);
    if !adr_kit::optional::has("python3 with nats-py", is_there) {
        return;
    }
    let Some(nats) = NatsServer::start(NatsOptions::default()) else { return };
    let state = |generation: u64| {
        format!("{{\"generation\":{generation},\"sha256\":\"\",\"window\":0}}").into_bytes()
    };
    let mut wire = nats.wire();
    let bucket = br#"{"name":"KV_adrc","subjects":["$KV.adrc.>"],"max_msgs_per_subject":1}"#;
    assert!(wire.request("$JS.API.STREAM.CREATE.KV_adrc", bucket).is_some());
    assert!(wire.request("$KV.adrc.current", &state(8)).is_some());
    let generation = Arc::new(AtomicU64::new(7));
    let mut python = Command::new("python3");
    python.arg(here("examples/announce.py")).arg(library("libadrclient.so"));
    python.arg(serve_generation(Arc::clone(&generation))).arg(nats.url()).arg("5551212");
    python.env("PYTHONPATH", modules).env("PYTHONDONTWRITEBYTECODE", "1").stdout(Stdio::piped());
    let mut program = KillOnDrop::start(&mut python);
    let mut lines = BufReader::new(program.0.stdout.take().unwrap()).lines();
    let mut wait_for = |expected: &str| {
        let found = lines.by_ref().map_while(Result::ok).any(|line| line == expected);
        assert!(found, "{expected}");
    };
    wait_for("generation 7 95551212");
    generation.store(8, Ordering::SeqCst);
    wait_for("generation 8 95551212");
    generation.store(9, Ordering::SeqCst);
    wire.publish("adrc.state", b"not a state");
    wire.publish("adrc.state", &state(9));
    wait_for("generation 9 95551212");
}
