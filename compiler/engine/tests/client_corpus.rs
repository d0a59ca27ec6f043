//! The client reader agrees with the recorded real client on every line of its corpus.
#![allow(clippy::unwrap_used, reason = "a corpus that cannot be read fails the test")]

mod corpus;

use adr_engine::{apply, xml};
use corpus::Recorded;

fn disagreement(recorded: &Recorded) -> Option<String> {
    let read = xml::read_as_client(&recorded.file);
    let error = read.error.map_or(0, |error| u64::from(error.code()));
    let given = (read.error.is_none(), error, read.rules.len());
    let expected = (recorded.valid, recorded.error, recorded.rules);
    if given != expected {
        return Some(format!("valid, error, rules: adrc read {given:?}, the client {expected:?}"));
    }
    recorded.apply.iter().find_map(|(number, expected)| {
        let result = apply(&read.rules, number).result;
        (*result != **expected)
            .then(|| format!("{number:?} gives {result:?}, the client gives {expected:?}"))
    })
}

#[test]
fn every_recording_is_read_as_the_client_did() {
    let recorded = corpus::recorded();
    assert_eq!(recorded.len(), 447);
    let disagreements: Vec<String> = recorded
        .iter()
        .filter_map(|file| disagreement(file).map(|why| format!("{}: {why}", file.name)))
        .collect();
    assert_eq!(disagreements, Vec::<String>::new());
}
