//! Whether rules leave the emergency numbers of a cluster alone.

use adr_cucm::FlaggedPatterns;
use adr_engine::{Rule, apply};

/// Rules send an emergency number of the cluster elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "CUCM flags {pattern} as an emergency number, and the dial plan sends `{number}` out as `{result}`"
)]
pub struct EmergencyRewritten {
    /// The flagged pattern, with its kind and partition.
    pub pattern: String,
    /// The shortest number of a flagged pattern that changes.
    pub number: String,
    /// What the rules make of it.
    pub result: String,
}

impl EmergencyRewritten {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        let number = &self.number;
        format!(
            "add a rule above the others that keeps `{number}`, and the line `emergency {number}`"
        )
    }
}

/// Checks that application dial rules change no number of a flagged pattern. Patterns without a
/// finite set of numbers are not checked.
///
/// # Errors
///
/// The shortest number that changes.
pub(crate) fn check_emergency<'r>(
    rules: impl Iterator<Item = &'r Rule>,
    flagged: &FlaggedPatterns,
) -> Result<(), EmergencyRewritten> {
    let rules: Vec<Rule> = rules.cloned().collect();
    let mut numbers: Vec<_> = flagged
        .patterns
        .iter()
        .filter_map(|pattern| Some((pattern, pattern.numbers.as_ref().ok()?)))
        .flat_map(|(pattern, numbers)| numbers.iter().map(move |number| (number, pattern)))
        .collect();
    numbers.sort_by_key(|(number, _)| (number.len(), *number));
    for (number, pattern) in numbers {
        let result = apply(&rules, number.as_bytes()).result;
        if *result != *number.as_bytes() {
            return Err(EmergencyRewritten {
                pattern: pattern.to_string(),
                number: number.clone(),
                result: String::from_utf8_lossy(&result).into_owned(),
            });
        }
    }
    Ok(())
}
