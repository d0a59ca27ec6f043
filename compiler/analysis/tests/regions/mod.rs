//! Whether a region contains a number, by brute force.

use adr_analysis::{Lengths, Region};

/// Whether a region contains a number.
pub(crate) fn holds(region: &Region<'_>, number: &[u8]) -> bool {
    let Lengths { from, to } = region.lengths;
    number.len() >= from
        && to.is_none_or(|to| number.len() <= to)
        && number.starts_with(&region.begins_with)
        && !region.except.iter().any(|hole| number.starts_with(hole))
}
