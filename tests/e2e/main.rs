//! End-to-end tests: the command `adrc serve` as a process, with real clients, on a lossy line,
//! under load, and killed.
//!
//! The suite needs Linux. With `ADR_LONG=1` it uses more clients and more rounds.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the suite starts processes and opens sockets, and fails by panicking"
)]
#![cfg(target_os = "linux")]

mod admin;
mod cluster;
mod company_example;
mod cucm;
mod descriptors;
mod doctor;
mod doctor_client;
mod doctor_log;
mod escaped_output;
mod every_size;
mod exchange;
mod flood;
mod follow;
mod hanging_drive;
mod idle_connections;
mod irregular_files;
mod killed_server;
mod large_plans;
mod lossy_line;
mod monitoring;
mod package;
mod packages;
mod promtool;
mod provision;
mod published_tree;
mod real_clients;
mod release;
mod served_folder;
mod server_process;
mod settings;
mod shutdown;
mod status_page;
mod storm;
mod unread_log;
mod upstream;
mod wait;
