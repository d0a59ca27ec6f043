//! Checks a dial plan that is in memory, and prints the findings and the XML files.
//!
//! ```text
//! cargo run -p adr-language --example check
//! ```
#![allow(clippy::print_stdout, reason = "a program for a terminal")]

use std::error::Error;

use adr_diagnostic::render::{Format, Options, render};
use adr_language::{EntryFile, Levels, ReadError, World, load};

/// Rules with an omission: the rule for three digits also changes 911.
const WRONG: &str = r#"
emergency 911
application {
  rule "Three digits" { begins-with 4, 9; digits 3; prefix 8 }
}
test { dial 411 -> 8411 }
"#;

/// The same with an exception above it.
const RIGHT: &str = r#"
emergency 911
application {
  rule "Emergency"    { begins-with 911;  digits 3; keep }
  rule "Three digits" { begins-with 4, 9; digits 3; prefix 8 }
}
test { dial 411 -> 8411; dial 911 -> unchanged }
"#;

/// A world with one file. A real one reads the files that a dial plan includes.
struct Memory(&'static str);

impl World for Memory {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.as_bytes().to_vec())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    for text in [WRONG, RIGHT] {
        let entry = EntryFile { path: "plan.adr".to_owned(), root: String::new() };
        let checked = load(&Memory(text), &[entry]).check(&Levels::default());

        let options =
            Options { color: false, width: 100, version: "0", findings: &[], valid: None };
        print!("{}", render(Format::Text, checked.report(), checked.sources(), &options));

        // A dial plan exists only if no finding is an error.
        let Some(plan) = checked.into_plan() else { continue };
        for (path, bytes) in &plan.artifacts().files {
            println!("{path}:\n{}", std::str::from_utf8(bytes)?);
        }
    }
    Ok(())
}
