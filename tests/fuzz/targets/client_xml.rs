//! The client reader on arbitrary bytes: no panic, and the rules that it reads survive writing and
//! reading.
#![no_main]

use adr_engine::{RuleList, xml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let read = xml::read_as_client(file);
    assert!(read.error.is_none() || read.rules.is_empty());
    let legal = read.rules.into_iter().filter(|rule| rule.check().is_ok()).collect();
    let list = RuleList::new(legal).expect("every rule was checked");
    let again = xml::read_as_client(&xml::write(&list));
    assert_eq!((again.error, &again.rules[..]), (None, list.rules()));
});
