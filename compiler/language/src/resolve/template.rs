//! Expands values with `${name}` and classes in them.

use std::rc::Rc;

use adr_diagnostic::Span;
use adr_engine::DialString;
use compact_str::CompactString;

use super::atom::{Atom, Emit};
use super::context::Context;
use super::value::{BAD_DIAL_STRING, ValueResult, range_of};

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// Literal text.
    Text(&'t str),
    /// The text between `${` and `}`.
    Let(&'t str),
    /// The text between `[` and `]`.
    Class(&'t str),
}

/// The parts of a template, in order. The parser has made sure that brackets and braces are closed;
/// an unclosed one is literal text.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '[']) {
        let (before, after) = rest.split_at(at);
        let (part, following) = if let Some((name, following)) =
            after.strip_prefix("${").and_then(|after| after.split_once('}'))
        {
            (Part::Let(name), following)
        } else if let Some((class, following)) =
            after.strip_prefix('[').and_then(|after| after.split_once(']'))
        {
            (Part::Class(class), following)
        } else {
            break;
        };
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        parts.push(part);
        rest = following;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// The characters of a class, in the order written: `2-4*` is `2`, `3`, `4`, `*`.
pub(super) fn members(class: &str, span: Span) -> ValueResult<Vec<CompactString>> {
    let refuse = |reason: String| {
        let found = BAD_DIAL_STRING.found(format!("in the class `[{class}]`, {reason}"));
        let help = "a class holds digits, `+`, `*`, `#` and ranges of digits such as `2-9`";
        Err(Box::new(found.at(span).with_help(help)))
    };
    let mut members: Vec<char> = Vec::new();
    let mut characters = class.chars().peekable();
    while let Some(first) = characters.next() {
        let last = match characters.next_if_eq(&'-') {
            Some(_) => characters.next(),
            None => Some(first),
        };
        let range = match last {
            Some(last) if first == last && is_dial(first) => first..=last,
            Some(last) if first.is_ascii_digit() && last.is_ascii_digit() => first..=last,
            Some(last) => return refuse(format!("`{first}-{last}` is not a range of digits")),
            None => return refuse(format!("`{first}-` has no upper side")),
        };
        if range.is_empty() {
            return refuse("a range goes down".to_owned());
        }
        for member in range {
            if members.contains(&member) {
                return refuse(format!("`{member}` occurs twice"));
            }
            members.push(member);
        }
    }
    Ok(members
        .into_iter()
        .map(|member| CompactString::from(member.encode_utf8(&mut [0; 4]) as &str))
        .collect())
}

fn is_dial(character: char) -> bool {
    matches!(character, '0'..='9' | '+' | '*' | '#')
}

/// Emits every combination of the alternatives; the last part changes fastest.
///
/// A range in the last part remains a range, with the text before it on both sides. In other parts
/// it is expanded.
pub(super) fn product(
    alternatives: &[Rc<Vec<Atom>>],
    span: Span,
    context: &mut Context<'_>,
    emit: &mut Emit<'_>,
) {
    let Some((last, before)) = alternatives.split_last() else {
        return;
    };
    let mut heads = vec![CompactString::default()];
    for place in before {
        let Some(texts) = written_out(place, span, context) else {
            return;
        };
        let count = heads.len().saturating_mul(texts.len());
        if !context.allows_list(count, span) {
            return;
        }
        heads = heads
            .iter()
            .flat_map(|head| texts.iter().map(move |text| joined(head, text)))
            .collect();
        if let Some(long) = heads.iter().find(|head| head.len() > DialString::LIMIT) {
            return too_long(long.len(), span, context);
        }
    }
    if !context.allows_list(heads.len().saturating_mul(last.len()), span) {
        return;
    }
    for head in &heads {
        for atom in last.iter() {
            match atom {
                Atom::Text(text) if head.len() + text.len() > DialString::LIMIT => {
                    return too_long(head.len() + text.len(), span, context);
                }
                Atom::Text(text) => emit(Atom::Text(joined(head, text)), span),
                Atom::Range(sides) => {
                    let sides = (joined(head, &sides.0), joined(head, &sides.1));
                    emit(Atom::Range(Box::new(sides)), span);
                }
                Atom::Any | Atom::Matched => {}
            }
        }
    }
}

/// The alternatives of a part, with ranges expanded.
fn written_out(
    place: &[Atom],
    span: Span,
    context: &mut Context<'_>,
) -> Option<Vec<CompactString>> {
    let mut texts = Vec::new();
    for atom in place {
        match atom {
            Atom::Text(text) => texts.push(text.clone()),
            Atom::Range(sides) => {
                let range = range_of(&sides.0, &sides.1, span);
                let range = range.map_err(|found| context.push(*found)).ok()?;
                if !context.allows_list(range.count(), span) {
                    return None;
                }
                texts.extend(range.numbers());
            }
            Atom::Any | Atom::Matched => {}
        }
    }
    Some(texts)
}

fn joined(head: &str, text: &str) -> CompactString {
    let mut joined = CompactString::with_capacity(head.len() + text.len());
    joined.push_str(head);
    joined.push_str(text);
    joined
}

fn too_long(length: usize, span: Span, context: &mut Context<'_>) {
    let limit = DialString::LIMIT;
    let message =
        format!("this makes a text of {length} characters, and CUCM takes at most {limit}");
    context.push(BAD_DIAL_STRING.found(message).at(span));
}
