//! A file as the real client reads it, bit for bit.

use super::doctype::Doctype;
use super::document::{Element, Visitor, read};
use super::markup::Attribute;
use super::namespaces::{Scope, declared_prefix, local_name};
use super::text::{NoText, prepare};
use super::written;
use crate::rule::Rule;

/// Why a client calls a file invalid, and then has no rules at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// Error 0: not well-formed, or white space alone.
    NotWellFormed,
    /// Error 1: nothing there.
    Empty,
    /// Error 2: the root element is not `DialRules`.
    WrongRoot,
}

impl ClientError {
    /// The client's own number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::NotWellFormed => 0,
            Self::Empty => 1,
            Self::WrongRoot => 2,
        }
    }
}

/// What a client makes of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFile {
    /// The rules that it keeps, in the order of the file; none when the file is invalid.
    pub rules: Vec<Rule>,
    /// Why the file is invalid; `None` when it is valid.
    pub error: Option<ClientError>,
}

/// Reads a file as the real client does: all or nothing where it is not well-formed, lenient beyond
/// that (rules-and-files, section 3).
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

/// Whether a client reads a file as exactly these rules; holds no more than one of them at a time.
///
/// A file that [`write`](super::write()) wrote takes less than a tenth of the time of others.
///
/// ```
/// use adr_engine::{RuleList, xml};
///
/// assert!(xml::reads_as(&xml::write(&RuleList::default()), &[]));
/// ```
#[must_use]
pub fn reads_as(file: &[u8], rules: &[Rule]) -> bool {
    if let Some(is_same) = written::holds(file, rules) {
        return is_same;
    }
    let mut expected = rules.iter();
    let mut is_same = true;
    let read = visit(file, |rule| is_same &= expected.next() == Some(&rule));
    read.is_ok() && is_same && expected.next().is_none()
}

/// Reads a file as a client does and hands out the rules that it keeps, in order. They count only
/// when there is no error in the end.
fn visit(file: &[u8], each: impl FnMut(Rule)) -> Result<(), ClientError> {
    let prepared = prepare(file).map_err(|error| match error {
        NoText::Empty => ClientError::Empty,
        _ => ClientError::NotWellFormed,
    })?;
    let mut rules = Rules { each, wrong_root: false, outer: Scope::default() };
    read(&prepared.text, &mut rules).map_err(|_| ClientError::NotWellFormed)?;
    if rules.wrong_root {
        return Err(ClientError::WrongRoot);
    }
    Ok(())
}

/// The attributes of a rule, in the order in which they are written.
pub(super) const ATTRIBUTES: [&str; 4] =
    ["BeginsWith", "NumDigits", "DigitsToRemove", "PrefixWith"];

/// Hands out what a client keeps.
struct Rules<F> {
    each: F,
    wrong_root: bool,
    /// Namespace prefixes that the root declares.
    outer: Scope,
}

impl<F: FnMut(Rule)> Visitor for Rules<F> {
    fn doctype(&mut self, _at: usize) {}

    fn element(&mut self, element: &Element<'_>, doctype: &Doctype) {
        let Element { depth, name, attributes, .. } = *element;
        if depth > 1 {
            return;
        }
        let own = Scope::of(name, attributes);
        if depth == 0 {
            self.wrong_root = local_name(name, &[&own], doctype) != "DialRules";
            self.outer = own;
            return;
        }
        let scopes = [&own, &self.outer];
        if local_name(name, &scopes, doctype) == "DialRule"
            && let Some(rule) = kept(attributes, &scopes, doctype)
        {
            (self.each)(rule);
        }
    }

    fn text(&mut self, _depth: usize, _at: usize) {}
}

/// The rule of an element, if it has the three attributes that a client insists on.
fn kept(attributes: &[Attribute<'_>], scopes: &[&Scope], doctype: &Doctype) -> Option<Rule> {
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

/// Leading white space, a sign, leading decimal digits; 0 for anything else and beyond 32 bits.
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
