//! Dial plans with one rule.

use adr_language::{DialPlan, EntryFile, Levels, ReadError, load};

/// A rule source whose default view has a rule with this prefix.
pub(crate) fn source(prefix: &str) -> String {
    format!("application {{\n  rule \"Local\" {{ begins-with 5; digits 7; prefix {prefix} }}\n}}\n")
}

/// The plan of a rule source.
pub(crate) fn plan(source: &str) -> DialPlan {
    let entries = [EntryFile { path: "plan.adr".to_owned(), root: String::new() }];
    let checked = load(&Text(source), &entries).check(&Levels::default());
    checked.into_plan().unwrap()
}

struct Text<'t>(&'t str);

impl adr_language::World for Text<'_> {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.as_bytes().to_vec())
    }
}
