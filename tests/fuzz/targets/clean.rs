//! Cleaning arbitrary bytes: no key is invented or lost, and clean numbers stay unchanged.
#![no_main]

use adr_engine::{Cleaner, Undialable, is_clean};
use libfuzzer_sys::fuzz_target;

/// The keys of a phone in a text, in order.
fn keys(text: &str) -> String {
    text.chars().filter(|c| "0123456789+*#".contains(*c)).collect()
}

fn check(bytes: &[u8], letters: bool) {
    let cleaner = Cleaner { letters };
    let cleaned = cleaner.clean(bytes);
    assert!(cleaned.number.len() <= bytes.len());
    assert_eq!(cleaned.undialable.is_empty(), is_clean(&cleaned.number));
    let is_uncut = cleaned.cut_parameters.is_empty();
    let is_dialable = cleaned.undialable.is_empty();
    assert_eq!(cleaned.remark().is_none(), is_uncut && is_dialable);
    assert_eq!(cleaned.changed().is_none(), is_uncut && cleaned.changes.is_empty());
    if is_dialable {
        assert_eq!(cleaner.clean(&cleaned.number).number, cleaned.number);
    }
    for part in &cleaned.undialable {
        let written = &bytes[part.position.byte..part.position.byte + part.length];
        let is_escape = written[0] == b'%' && written.len() > 1;
        match part.what {
            Undialable::Character(c) => assert!(is_escape || written == c.to_string().as_bytes()),
            Undialable::Byte(byte) => assert!(is_escape || written == [byte]),
        }
    }
    // a number after a letter is not a URI, so all of its keys are kept in order
    let plain = [b"x", bytes].concat();
    let cleaned = cleaner.clean(&plain);
    assert!(cleaned.cut_parameters.is_empty());
    if let (Ok(text), Ok(number)) = (str::from_utf8(&plain), str::from_utf8(&cleaned.number)) {
        let number = keys(number);
        let mut rest = number.chars();
        assert!(keys(text).chars().all(|key| rest.any(|other| other == key)));
        let again = cleaner.clean(&cleaned.number);
        assert_eq!(again.number, cleaned.number);
    }
}

fuzz_target!(|bytes: &[u8]| {
    check(bytes, false);
    check(bytes, true);
});
