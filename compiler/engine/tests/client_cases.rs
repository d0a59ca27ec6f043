//! Files whose document type, entities, prefixes or encoding decide what a client reads.

mod cases;

use adr_engine::{apply, xml};
use cases::Makes;

#[test]
fn every_case_is_read_as_clients_do() {
    let mut differences = Vec::new();
    for (name, file, expected) in cases::all() {
        let read = xml::read_as_client(file.as_bytes());
        let given = match read.error {
            Some(_) => None,
            None => Some(apply(&read.rules, b"123").result.into_owned()),
        };
        let wanted = match expected {
            Makes::Invalid => None,
            Makes::Of123(result) => Some(result.as_bytes().to_vec()),
        };
        if given != wanted {
            let given = given.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            differences.push(format!("{name}: {given:?} instead of {expected:?}\n  {file}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
