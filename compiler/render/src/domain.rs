//! The names of domains, which define what counts as a number.

use adr_analysis::{Domain, longest_covered};
use adr_engine::Rule;

use crate::text::grouped;

/// The name of a domain in options and in JSON.
pub fn name(domain: Domain) -> &'static str {
    match domain {
        Domain::Digits => "digits",
        Domain::Dialable => "dialable",
        Domain::Anything => "anything",
    }
}

/// The numbers that an answer about some lists covers, such as "every number that can be dialed".
/// The text includes the greatest length if a value that only a client accepts bounds the answer.
pub fn every(domain: Domain, lists: &[&[Rule]]) -> String {
    let words = words(domain);
    match longest_covered(lists) {
        None => format!("every {words}"),
        Some(longest) => {
            let longest = grouped(&longest.to_string());
            format!("every {words}, up to {longest} characters long")
        }
    }
}

/// "a number that can be dialed".
pub fn a_number(domain: Domain) -> String {
    format!("a {}", words(domain))
}

/// The words for a domain in a sentence: "for every …".
fn words(domain: Domain) -> &'static str {
    match domain {
        Domain::Digits => "number of digits, with a + in front or without",
        Domain::Dialable => "number that can be dialed",
        Domain::Anything => "string of characters",
    }
}
