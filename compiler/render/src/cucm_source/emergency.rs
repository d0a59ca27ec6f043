//! Flagged patterns as `emergency` lines.

use std::collections::HashSet;
use std::fmt::Write;

use adr_cucm::FlaggedPatterns;
/// Writes the lines, each with its pattern in a comment. Patterns without numbers are comments.
pub(super) fn write(patterns: &FlaggedPatterns, text: &mut String) {
    if !patterns.is_known {
        text.push_str(
            "// CUCM does not say which patterns are emergency numbers: this release has no such \
             flag.\n// Write the numbers yourself, for example: emergency 911, 9911\n\n",
        );
    }
    let mut known = HashSet::new();
    for pattern in &patterns.patterns {
        match &pattern.numbers {
            Ok(numbers) => {
                let new = numbers.iter().map(String::as_str);
                let new: Vec<&str> = new.filter(|number| known.insert(*number)).collect();
                if new.is_empty() {
                    let _ = writeln!(text, "// {pattern}: its numbers are above");
                    continue;
                }
                let _ = writeln!(text, "emergency {}  // {pattern}", entries(&new));
            }
            Err(reason) => {
                let _ = writeln!(text, "// not an emergency number here: {pattern}: {reason}");
            }
        }
    }
    if !patterns.patterns.is_empty() {
        text.push('\n');
    }
}

/// Sorted numbers as a list, with ranges for three and more in a row.
fn entries(numbers: &[&str]) -> String {
    let runs = numbers.chunk_by(|one, next| successor(one).as_deref() == Some(*next));
    let entries = runs.flat_map(|run| match run {
        [first, _, .., last] if !first.contains('#') => vec![format!("{first}..{last}")],
        few => few.iter().map(|number| quoted(number)).collect(),
    });
    entries.collect::<Vec<_>>().join(", ")
}

/// The next number of the same length; `None` after the last one.
fn successor(number: &str) -> Option<String> {
    let kept = number.trim_end_matches('9');
    let last = kept.chars().next_back()?.to_digit(10)?;
    let nines = number.len() - kept.len();
    Some(format!("{}{}{}", &kept[..kept.len() - 1], last + 1, "0".repeat(nines)))
}

/// A number as rule source. A `#` could be taken for a comment by a reader.
fn quoted(number: &str) -> String {
    if number.contains('#') { format!("\"{number}\"") } else { number.to_owned() }
}
