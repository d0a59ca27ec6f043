//! Every short number, for brute force.

use std::sync::LazyLock;

use adr_analysis::Domain;

/// Length of the longest numbers.
pub(crate) const MAX_LENGTH: usize = 5;

static DIGITS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| all(Domain::Digits, MAX_LENGTH));

/// Every string of the domain of digits up to a length of at most [`MAX_LENGTH`], the shorter
/// first, then in the order of witnesses.
pub(crate) fn digit_strings(longest: usize) -> &'static [Vec<u8>] {
    let end = DIGITS.partition_point(|number| number.len() <= longest);
    &DIGITS[..end]
}

/// Every string of a domain, the empty one included.
pub(crate) fn all(domain: Domain, longest: usize) -> Vec<Vec<u8>> {
    let mut strings = vec![Vec::new()];
    let mut before = strings.clone();
    for at in 0..longest {
        let longer = |text: &Vec<u8>| {
            let symbols = domain.symbols(at).iter();
            symbols.map(|symbol| [text.as_slice(), &[*symbol]].concat()).collect::<Vec<_>>()
        };
        before = before.iter().flat_map(longer).collect();
        strings.extend(before.clone());
    }
    strings
}

/// Number of lists for each property; many more with `ADR_LONG=1`.
pub(crate) fn cases(usual: u32) -> u32 {
    if std::env::var_os("ADR_LONG").is_some() { 5_000 } else { usual }
}
