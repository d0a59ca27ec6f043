//! Certificates, and answers of Exchange Web Services, in arbitrary bytes: no panic, and what is
//! kept stays within the limits.
#![no_main]

use adr_doctor::presence::certificates::{MAX_NAMES, in_file};
use adr_doctor::presence::ews::Answer;
use adr_doctor::presence::observation::{Certificate, Chain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let found = in_file(bytes);
    assert!(!found.is_empty());
    let sent: Vec<Vec<u8>> = found.into_iter().flatten().collect();
    for der in &sent {
        if let Ok(read) = Certificate::read(der) {
            assert!(read.alternative_names.is_none_or(|names| names.len() <= MAX_NAMES));
        }
    }
    let uploaded = [("file.cer".to_owned(), Ok(bytes.to_vec()))];
    let chain = Chain::read(&sent, Some(&uploaded));
    assert!(chain.sent.len() + chain.unreadable.len() <= sent.len());
    let code = Answer::read(bytes).code.unwrap_or_default();
    assert!(code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
});
