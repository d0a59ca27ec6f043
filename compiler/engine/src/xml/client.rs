//! Reads a file exactly as the real client does.

use super::canonical;
use super::doctype::Doctype;
use super::document::{Element, Visitor, read};
use super::names::declared_prefix;
use super::namespaces::{Scope, local_name};
use super::tag::Attribute;
use super::text::{TextError, prepare};
use crate::rule::Rule;

/// Why a client rejects a file. It then has no rules at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// Error 0: the file is not well-formed, or holds only white space.
    #[error("the file is not well-formed")]
    NotWellFormed,
    /// Error 1: the file is empty.
    #[error("the file is empty")]
    Empty,
    /// Error 2: the root element is not `DialRules`.
    #[error("the root element is not `DialRules`")]
    WrongRoot,
}

impl ClientError {
    /// The number under which the client reports the error.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::NotWellFormed => 0,
            Self::Empty => 1,
            Self::WrongRoot => 2,
        }
    }
}

/// A file as a client reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFile {
    /// The rules that the client applies, in the order of the file; empty when the file is invalid.
    pub rules: Vec<Rule>,
    /// Why the file is invalid; `None` when it is valid.
    pub error: Option<ClientError>,
}

/// Reads a file as the real client does: a file that is not well-formed has no rules, everything
/// else is read leniently.
///
/// Reproduces every recording of the real client in `tests/corpus/client`.
///
/// ```
/// use adr_engine::xml::{ClientError, read_as_client};
///
/// let file = read_as_client(b"<DialRules><DialRule NumDigits='7x' DigitsToRemove='' PrefixWith='9'/></DialRules>");
/// assert_eq!(file.rules[0].length(), Some(7));
/// assert_eq!(read_as_client(b"<html/>").error, Some(ClientError::WrongRoot));
/// ```
#[must_use]
pub fn read_as_client(file: &[u8]) -> ClientFile {
    let mut rules = Vec::new();
    match visit(file, |rule| rules.push(rule)) {
        Ok(()) => ClientFile { rules, error: None },
        Err(error) => ClientFile { rules: Vec::new(), error: Some(error) },
    }
}

/// Whether a client reads exactly these rules from a file.
///
/// Keeps at most one rule of the file in memory. A file that [`write`](super::write()) wrote takes
/// less than a tenth of the time of others.
///
/// ```
/// use adr_engine::{RuleList, xml};
///
/// assert!(xml::reads_as(&xml::write(&RuleList::default()), &[]));
/// ```
#[must_use]
pub fn reads_as(file: &[u8], rules: &[Rule]) -> bool {
    if let Some(is_same) = canonical::holds(file, rules) {
        return is_same;
    }
    let mut expected = rules.iter();
    let mut is_same = true;
    let read = visit(file, |rule| is_same &= expected.next() == Some(&rule));
    read.is_ok() && is_same && expected.next().is_none()
}

/// Reads a file as a client does and calls `each` with every rule, in order. The rules count only
/// if the result is not an error.
fn visit(file: &[u8], each: impl FnMut(Rule)) -> Result<(), ClientError> {
    let prepared = prepare(file).map_err(|error| match error {
        TextError::Empty => ClientError::Empty,
        _ => ClientError::NotWellFormed,
    })?;
    let mut rules = RuleVisitor { each, wrong_root: false, root: Scope::default() };
    read(&prepared.text, &mut rules).map_err(|_| ClientError::NotWellFormed)?;
    if rules.wrong_root {
        return Err(ClientError::WrongRoot);
    }
    Ok(())
}

/// The attributes of a rule, in the order in which they are written.
pub(super) const ATTRIBUTES: [&str; 4] =
    ["BeginsWith", "NumDigits", "DigitsToRemove", "PrefixWith"];

/// Calls `each` with every rule that a client applies.
struct RuleVisitor<F> {
    each: F,
    wrong_root: bool,
    /// Namespace prefixes that the root declares.
    root: Scope,
}

impl<F: FnMut(Rule)> Visitor for RuleVisitor<F> {
    fn doctype(&mut self, _at: usize) {}

    fn element(&mut self, element: &Element<'_>, doctype: &Doctype) {
        let Element { depth, name, attributes, .. } = *element;
        if depth > 1 {
            return;
        }
        let own = Scope::of(name, attributes);
        if depth == 0 {
            self.wrong_root = local_name(name, &[&own], doctype) != "DialRules";
            self.root = own;
            return;
        }
        let scopes = [&own, &self.root];
        if local_name(name, &scopes, doctype) == "DialRule"
            && let Some(rule) = rule_of(attributes, &scopes, doctype)
        {
            (self.each)(rule);
        }
    }

    fn text(&mut self, _depth: usize, _at: usize) {}
}

/// The rule of an element, if it has the three attributes that a client requires.
fn rule_of(attributes: &[Attribute<'_>], scopes: &[&Scope], doctype: &Doctype) -> Option<Rule> {
    let mut values = [None; ATTRIBUTES.len()];
    let position = |name: &str| ATTRIBUTES.iter().position(|other| *other == name);
    for attribute in attributes {
        let at = position(attribute.name).or_else(|| {
            let is_declaration = declared_prefix(attribute.name).is_some();
            let local = local_name(attribute.name, scopes, doctype);
            position(local).filter(|_| !is_declaration)
        });
        // the first of two with the same local name counts
        if let Some(value) = at.map(|at| &mut values[at]) {
            value.get_or_insert(&*attribute.value);
        }
    }
    for (name, value) in ATTRIBUTES.iter().zip(&mut values) {
        *value = value.or_else(|| doctype.default("DialRule", name));
    }
    let [begins_with, digits, remove, prefix] = values;
    Some(Rule::from_deployed(
        begins_with.unwrap_or_default(),
        integer(digits?),
        integer(remove?),
        prefix?,
    ))
}

/// The number that a client reads: leading white space, a sign, leading decimal digits; 0 for
/// anything else and for values beyond 32 bits.
pub(super) fn integer(text: &str) -> i32 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit);
    let value = digits
        .map(|digit| i64::from(digit - b'0'))
        .try_fold(0_i64, |value, digit| value.checked_mul(10)?.checked_add(digit));
    value.and_then(|value| i32::try_from(sign * value).ok()).unwrap_or(0)
}
