//! Programs that use the library as applications do, also wrongly: each case is a run of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use adr_kit::needs;
use tempfile::TempDir;

use crate::harness::{VALGRIND, compile, run, serve};

/// A program with cases, compiled once.
struct Program {
    source: &'static str,
    compiler: &'static str,
    language: &'static [&'static str],
    compiled: OnceLock<(TempDir, PathBuf)>,
}

impl Program {
    const fn c(source: &'static str) -> Self {
        Self { source, compiler: "cc", language: &["-std=gnu99"], compiled: OnceLock::new() }
    }

    /// Runs cases, each in a process and a folder of its own.
    fn run(&self, cases: &[&str]) {
        self.run_with(cases, |program| Command::new(program));
    }

    /// Runs cases without use of uninitialized or freed memory, and without a leak.
    fn run_in_valgrind(&self, cases: &[&str]) {
        self.run_with(cases, |program| {
            let mut command = Command::new("valgrind");
            command.args(VALGRIND).arg(program);
            command
        });
    }

    fn run_with(&self, cases: &[&str], command: impl Fn(&Path) -> Command) {
        let (_folder, program) = self.compiled.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let program = compile(folder.path(), self.source, self.compiler, self.language);
            (folder, program)
        });
        let server = serve();
        for case in cases {
            let folder = tempfile::tempdir().unwrap();
            let mut command = command(program);
            command.arg(case).arg(&server).arg(folder.path());
            assert_eq!(run(&mut command), "fine\n", "{case}");
        }
    }
}

static ARGUMENTS: Program = Program::c("tests/programs/arguments.c");
static CALLBACKS: Program = Program::c("tests/programs/callbacks.c");
static THREADS: Program = Program::c("tests/programs/threads.c");
static PROCESSES: Program = Program::c("tests/programs/processes.c");
static MEMORY_RULES: Program = Program::c("tests/programs/memory_rules.c");
static CPLUSPLUS: Program = Program {
    source: "tests/programs/cplusplus.cpp",
    compiler: "c++",
    language: &["-std=gnu++17"],
    compiled: OnceLock::new(),
};

#[test]
fn arguments_of_any_kind_give_codes() {
    needs!("cc");
    ARGUMENTS.run(&[
        "open_without_pointers",
        "open_with_a_folder_and_no_key",
        "dial_any_buffer",
        "dial_any_bytes",
        "codes_have_texts",
        "reload_sets_its_message",
    ]);
}

#[test]
fn settings_of_other_versions_are_read_or_rejected() {
    needs!("cc");
    ARGUMENTS.run(&["settings_of_other_versions"]);
}

#[test]
fn addresses_and_paths_are_checked_at_open() {
    needs!("cc");
    ARGUMENTS.run(&[
        "unusable_settings_are_refused",
        "occupied_socket_is_refused",
        "relative_paths_survive_chdir",
    ]);
}

#[test]
fn callback_may_call_everything_but_close() {
    needs!("cc");
    CALLBACKS.run(&[
        "callback_calls_everything",
        "callback_does_not_close_its_core",
        "close_waits_for_a_slow_callback",
        "callback_ends_the_process",
    ]);
}

#[test]
fn callback_that_ends_its_thread_gives_a_code() {
    needs!("cc");
    CALLBACKS.run(&[
        "callback_ends_its_thread",
        "thread_of_a_callback_is_canceled",
        "waiting_thread_is_canceled",
    ]);
}

#[test]
fn ended_callbacks_and_closed_cores_have_no_memory_errors() {
    needs!("cc", "c++", "valgrind");
    CALLBACKS.run_in_valgrind(&["callback_ends_its_thread", "callback_unsubscribes"]);
    CPLUSPLUS.run_in_valgrind(&["exception_ends_its_subscription", "thread_outlives_its_core"]);
    THREADS.run_in_valgrind(&["closed_core_gives_a_code"]);
    MEMORY_RULES.run_in_valgrind(&["memory_rules_dial"]);
}

#[test]
fn subscriptions_end_one_by_one() {
    needs!("cc");
    CALLBACKS.run(&[
        "unsubscribed_callback_is_not_called",
        "callback_unsubscribes",
        "many_subscriptions_end",
    ]);
}

#[test]
fn threads_share_a_core() {
    needs!("cc");
    THREADS.run(&["eight_threads_share_a_core", "any_poll_interval"]);
}

#[test]
fn closed_cores_give_codes_and_leave_nothing_behind() {
    needs!("cc");
    THREADS.run(&[
        "closed_core_gives_a_code",
        "opened_and_closed_often",
        "hundred_cores_at_once",
        "busy_core_closes",
    ]);
}

#[test]
fn canceled_threads_and_abandoned_reloads_leave_no_threads() {
    needs!("cc");
    THREADS.run(&["canceled_threads_end", "abandoned_reloads_leave_no_threads"]);
}

#[test]
fn forked_process_gets_codes() {
    needs!("cc");
    PROCESSES.run(&["child_gets_codes", "child_of_a_busy_process_does_not_hang"]);
}

#[test]
fn signals_and_broken_connections_do_not_end_the_process() {
    needs!("cc");
    PROCESSES.run(&[
        "signals_interrupt_nothing",
        "signal_handler_dials",
        "callers_of_the_socket_hang_up",
        "server_resets_connections",
        "exit_with_an_open_core",
    ]);
}

#[test]
fn process_without_threads_or_descriptors_gets_errors() {
    needs!("cc");
    PROCESSES.run(&["without_threads_calls_fail", "few_descriptors_are_an_error"]);
}

#[test]
fn rules_from_memory_dial() {
    needs!("cc");
    MEMORY_RULES.run(&["memory_rules_dial", "invalid_memory_rules_are_refused"]);
}

#[test]
fn exceptions_end_their_subscription() {
    needs!("c++");
    CPLUSPLUS.run(&["exception_ends_its_subscription", "ended_thread_runs_destructors"]);
}

#[test]
fn destructors_and_ending_threads_dial_and_close() {
    needs!("c++");
    CPLUSPLUS.run(&[
        "static_destructor_closes",
        "ending_threads_dial",
        "thread_outlives_its_core",
        "eight_threads_open_and_close",
        "core_closes_during_a_slow_lookup",
    ]);
}
