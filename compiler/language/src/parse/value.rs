//! Values and lists of values.

use adr_diagnostic::{Finding, Span};

use super::recover::{diagnostic, propose, replace};

use super::parser::{Parser, offset, shown};
use super::token;
use crate::suggest::closest;
use crate::tree::{VALUE_BYTES, ValueKind, Values};

pub(super) static MISSING_VALUE: Finding = Finding::error(
    "missing-value",
    "a value is missing",
    include_str!("../pages/missing-value.md"),
);

pub(super) static BAD_VALUE: Finding = Finding::error(
    "bad-value",
    "a value does not have a form that its field takes",
    include_str!("../pages/bad-value.md"),
);

pub(super) static BAD_PLACEHOLDER: Finding = Finding::error(
    "bad-placeholder",
    "a `$` is not followed by a name in braces",
    include_str!("../pages/bad-placeholder.md"),
);

pub(super) static TOO_MANY_VALUES: Finding = Finding::error(
    "too-many-values",
    "a field that takes one value has several",
    include_str!("../pages/too-many-values.md"),
);

pub(super) static MISSING_EQUALS_SIGN: Finding = Finding::error(
    "missing-equals-sign",
    "a `let` has no `=`, or a field has one",
    include_str!("../pages/missing-equals-sign.md"),
);

/// The kinds of values that a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepts {
    /// Dial strings, classes and ranges of them: begins-with, emergency.
    Numbers,
    /// One dial string: prefix.
    Dial,
    /// Numbers, ranges and `any`.
    Digits,
    /// Numbers and ranges: rest.
    Rest,
    /// A number or `matched`.
    Remove,
    /// A number: remove-all-but, longest-number.
    Count,
    /// Dial strings, classes, numbers and ranges.
    Let,
}

impl Accepts {
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Digits => Some("any"),
            Self::Remove => Some("matched"),
            Self::Numbers | Self::Dial | Self::Rest | Self::Count | Self::Let => None,
        }
    }

    fn ranges(self) -> bool {
        !matches!(self, Self::Dial | Self::Remove | Self::Count)
    }

    /// Whether the upper side of a range may be missing.
    fn open_ranges(self) -> bool {
        matches!(self, Self::Digits | Self::Rest | Self::Let)
    }

    fn classes(self) -> bool {
        matches!(self, Self::Numbers | Self::Let)
    }

    /// Whether a range with these sides is allowed; the upper side may be empty.
    fn takes_range(self, low: &[u8], high: &[u8]) -> bool {
        let is_count = |side: &[u8]| side.starts_with(b"$") || side.iter().all(u8::is_ascii_digit);
        self.ranges()
            && (!high.is_empty() || self.open_ranges())
            && (!self.numbers_only() || is_count(low) && is_count(high))
    }

    fn numbers_only(self) -> bool {
        !matches!(self, Self::Numbers | Self::Dial | Self::Let)
    }

    fn help(self) -> &'static str {
        match self {
            Self::Numbers => {
                "write a dial string of `0-9 + * #` such as `+1408`, a class such as `[2-9]11`, or a \
                 range such as `2000..2449`"
            }
            Self::Dial => "write a dial string of `0-9 + * #`, such as `+1408`",
            Self::Digits => "write a number, a range such as `11..15` or `7..`, or `any`",
            Self::Rest => "write a number, or a range such as `6..8` or `6..`",
            Self::Remove => "write a number or `matched`",
            Self::Count => "write a number",
            Self::Let => "write a dial string, a number, a class, a range or a list of them",
        }
    }
}

impl Parser<'_> {
    /// Reads values separated by commas. Ends after the first mistake, which is reported, with
    /// `false`.
    pub(super) fn values(&mut self, accepts: Accepts) -> (Values, bool) {
        let first = self.tree.arena.values_len();
        let whole = loop {
            let taken = self.value(accepts);
            if !taken || !self.comma() {
                break taken;
            }
        };
        (first..self.tree.arena.values_len(), whole)
    }

    /// Reads a `,` with the blanks before it and the line ends after it.
    pub(super) fn comma(&mut self) -> bool {
        self.blanks();
        let found = self.accept_byte(b',');
        if found {
            self.gap();
        }
        found
    }

    /// Reads one value; false after a mistake, which is reported.
    #[inline]
    pub(super) fn value(&mut self, accepts: Accepts) -> bool {
        self.blanks();
        let start = self.at();
        if let Ok((rest, run)) = token::dial_run(self.rest)
            && rest.first().is_none_or(|byte| token::ends_value(*byte))
        {
            let plain = !accepts.numbers_only() || run.iter().all(u8::is_ascii_digit);
            if plain && run.len() <= VALUE_BYTES as usize {
                self.rest = rest;
                let end = self.at();
                self.tree.arena.push_value(start, end, ValueKind::Bare);
                return true;
            }
        }
        self.other_value(accepts)
    }

    fn other_value(&mut self, accepts: Accepts) -> bool {
        let start = self.at();
        match self.peek() {
            Some(b'"') => return self.quoted_value(accepts),
            None | Some(b'\n' | b',' | b';' | b'}') => return self.missing_value(accepts),
            Some(_) if self.at_line_end() => return self.missing_value(accepts),
            Some(_) => {}
        }
        let Some((length, kind)) = self.bare_kind(accepts) else {
            return self.bad_value(accepts);
        };
        self.rest = &self.rest[length..];
        let end = self.at();
        self.push(self.span(start, end), kind)
    }

    /// The length and kind of the bare value here; `None` if it is not allowed.
    fn bare_kind(&self, accepts: Accepts) -> Option<(usize, ValueKind)> {
        let length = |rest: &[u8]| self.rest.len() - rest.len();
        let complete = |rest: &&[u8]| {
            rest.first().is_none_or(|byte| token::ends_value(*byte)) || rest.starts_with(b"//")
        };
        if let Ok((rest, (low, high))) = token::range(self.rest)
            && complete(&rest)
        {
            let dots = offset(low.len());
            let taken = (length(rest), ValueKind::Range { dots });
            return accepts.takes_range(low, high).then_some(taken);
        }
        if let Ok((rest, text)) = token::template(self.rest)
            && complete(&rest)
        {
            let has_class = text.contains(&b'[');
            let template = has_class || text.contains(&b'$');
            let number = text.iter().all(u8::is_ascii_digit);
            let kind =
                if template { ValueKind::Template { quoted: false } } else { ValueKind::Bare };
            let taken = (accepts.classes() || !has_class)
                && (template || number || !accepts.numbers_only());
            return taken.then(|| (length(rest), kind));
        }
        let (rest, word) = token::word(self.rest).ok().filter(|(rest, _)| complete(rest))?;
        let taken = accepts.word().is_some_and(|known| known.as_bytes() == word);
        taken.then(|| (length(rest), ValueKind::Word))
    }

    fn quoted_value(&mut self, accepts: Accepts) -> bool {
        let start = self.at();
        let Some(text) = self.accept(token::quoted) else {
            self.unclosed_string();
            return false;
        };
        let span = self.span_of(text, 1);
        let has_class = accepts.classes() && text.contains(&b'[');
        let kind = match placeholders(text) {
            Placeholders::None if has_class => ValueKind::Template { quoted: true },
            Placeholders::None => ValueKind::Quoted,
            Placeholders::Some => ValueKind::Template { quoted: true },
            Placeholders::Broken(at) => {
                let place = self.span(span.start + offset(at), span.end);
                return self.bad_placeholder(place);
            }
        };
        if accepts.numbers_only() && kind == ValueKind::Quoted {
            let whole = self.since(start);
            let bare = self.slice(span);
            self.error(|| {
                diagnostic(
                    &BAD_VALUE,
                    format!("`\"{}\"` stands in quotes", shown(bare)),
                    whole,
                    accepts.help(),
                )
                .with_fix(propose(whole, bare, "remove the quotes"))
            });
            return false;
        }
        self.push(span, kind)
    }

    pub(super) fn push(&mut self, span: Span, kind: ValueKind) -> bool {
        let length = span.end - span.start;
        if length > VALUE_BYTES {
            self.error(|| {
                BAD_VALUE
                    .found(format!("a value of {length} bytes; the limit is {VALUE_BYTES}"))
                    .at(span)
                    .with_help("shorten it: CUCM takes at most 100 characters")
            });
            return false;
        }
        self.tree.arena.push_value(span.start, span.end, kind);
        true
    }

    fn missing_value(&mut self, accepts: Accepts) -> bool {
        let found = self.found();
        let span = self.found_span();
        self.error(|| {
            diagnostic(
                &MISSING_VALUE,
                format!("expected a value, found {found}"),
                span,
                accepts.help(),
            )
        });
        false
    }

    fn bad_value(&mut self, accepts: Accepts) -> bool {
        let length = token::value_length(self.rest).max(1);
        let start = self.at();
        let span = self.span(start, start + offset(length));
        let text = self.slice(span);
        if text.starts_with(['=', ':']) {
            let mark = self.span(start, start + 1);
            self.error(|| {
                diagnostic(
                    &MISSING_EQUALS_SIGN,
                    format!("`{}` is not expected here", &text[..1]),
                    mark,
                    "write the value directly after the keyword",
                )
                .with_fix(replace(mark, "", "remove it"))
            });
            return false;
        }
        if text.contains('$') {
            return self.bad_placeholder(span);
        }
        let help = help_for(text, accepts);
        self.error(|| {
            let message = format!("`{}` is not a valid value here", shown(text));
            let found = diagnostic(&BAD_VALUE, message, span, &help);
            match range_meant(text, accepts) {
                Some(range) => found.with_fix(propose(span, &range, "write a range")),
                None => found,
            }
        });
        false
    }

    fn bad_placeholder(&mut self, span: Span) -> bool {
        let text = self.slice(span);
        self.error(|| {
            diagnostic(
                &BAD_PLACEHOLDER,
                format!("`{}` is not a placeholder", shown(text)),
                span,
                "write `${name}` with the name of a `let`",
            )
        });
        false
    }
}

/// Placeholders in a quoted text.
pub(super) enum Placeholders {
    None,
    Some,
    /// The offset of the first malformed one.
    Broken(usize),
}

pub(super) fn placeholders(text: &[u8]) -> Placeholders {
    let mut found = Placeholders::None;
    let mut at = 0;
    while let Some(next) = memchr::memmem::find(&text[at..], b"${") {
        match token::placeholder(&text[at + next..]) {
            Ok((rest, _)) => at = text.len() - rest.len(),
            Err(_) => return Placeholders::Broken(at + next),
        }
        found = Placeholders::Some;
    }
    found
}

/// The range that `2000-2449` probably means: two runs of dial characters with one dash between
/// them.
fn range_meant(text: &str, accepts: Accepts) -> Option<String> {
    let (low, high) = text.split_once('-').filter(|_| accepts.ranges())?;
    let is_side = |side: &str| !side.is_empty() && side.bytes().all(token::is_dial);
    (is_side(low) && is_side(high)).then(|| format!("{low}..{high}"))
}

/// The help for an invalid value, by what people usually mean by it.
fn help_for(text: &str, accepts: Accepts) -> String {
    let word = accepts.word().filter(|word| closest(text, [*word]).is_some());
    let has = |wanted: &[char]| text.contains(wanted);
    let dialed = text.starts_with(|c: char| c.is_ascii_digit() || "+*#".contains(c));
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if let Some(word) = word {
        return format!("write `{word}`");
    }
    if let Some(range) = range_meant(text, accepts) {
        return format!("a range is written with two dots: `{}`", shown(&range));
    }
    if text.starts_with('\'') {
        return "quotes are `\"`, not `'`".to_owned();
    }
    if has(&['[']) {
        return match accepts.classes() {
            true => "a class is written `[2-9]` or `[135]`: characters and ranges of digits between `[` and `]`".to_owned(),
            false => accepts.help().to_owned(),
        };
    }
    if dialed && has(&['X', 'x', '!', '?']) {
        return "there are no wildcards: say how the number begins with `begins-with` and how long it is with `digits`".to_owned();
    }
    if dialed && has(&['O', 'o', 'l', 'I']) {
        return "letters are not digits: `O` is not `0`, `l` and `I` are not `1`".to_owned();
    }
    if dialed && has(&['-', '.', '(', ')', '/']) && !accepts.numbers_only() {
        return "write the digits without `-`, `.`, `(`, `)`, `/` and spaces".to_owned();
    }
    if letters
        && text.eq_ignore_ascii_case("any")
        && matches!(accepts, Accepts::Dial | Accepts::Numbers)
    {
        return "leave the field out: then every number matches".to_owned();
    }
    if letters && !dialed {
        return format!(
            "{}; the value of a `let` is written `${{{}}}`",
            accepts.help(),
            shown(text)
        );
    }
    accepts.help().to_owned()
}
