//! Writes the file of a rule list.

use crate::list::RuleList;

/// Bytes of a rule with a short begins-with and a short prefix.
const BYTES_PER_RULE: usize = 88;

/// The file of a list, in a form that every client reads alike: one element per line in priority
/// order, always all four attributes in this order, plain decimals, LF, UTF-8 without a byte order
/// mark.
///
/// Equal lists give equal bytes. An empty list becomes `<DialRules/>`, the only form of "no rules"
/// that every client accepts.
///
/// ```
/// use adr_engine::{Rule, RuleList, xml};
///
/// let list = RuleList::new(vec![Rule::from_deployed("+1", 12, 1, "9")])?;
/// assert_eq!(
///     String::from_utf8(xml::write(&list))?,
///     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DialRules>\n  \
///      <DialRule BeginsWith=\"+1\" NumDigits=\"12\" DigitsToRemove=\"1\" PrefixWith=\"9\"/>\n\
///      </DialRules>\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn write(list: &RuleList) -> Vec<u8> {
    let mut file = Vec::with_capacity(list.len() * BYTES_PER_RULE + 80);
    file.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    if list.is_empty() {
        file.extend_from_slice(b"<DialRules/>\n");
        return file;
    }
    file.extend_from_slice(b"<DialRules>\n");
    for rule in list.rules() {
        file.extend_from_slice(b"  <DialRule BeginsWith=\"");
        file.extend_from_slice(rule.begins_with().as_bytes());
        file.extend_from_slice(b"\" NumDigits=\"");
        decimal(rule.digits(), &mut file);
        file.extend_from_slice(b"\" DigitsToRemove=\"");
        decimal(rule.remove(), &mut file);
        file.extend_from_slice(b"\" PrefixWith=\"");
        file.extend_from_slice(rule.prefix().as_bytes());
        file.extend_from_slice(b"\"/>\n");
    }
    file.extend_from_slice(b"</DialRules>\n");
    file
}

/// Writes 0 to 100, the range that a [`RuleList`] holds.
fn decimal(value: i32, file: &mut Vec<u8>) {
    let digit = |value: i32| b'0' + (value % 10).unsigned_abs() as u8;
    if value >= 100 {
        file.push(digit(value / 100));
    }
    if value >= 10 {
        file.push(digit(value / 10));
    }
    file.push(digit(value));
}
