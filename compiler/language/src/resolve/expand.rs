//! One written rule becomes the rules of the file.

mod findings;

use adr_diagnostic::{Diagnostic, Span};
use adr_engine::{DialString, DialStringError, Rule, RuleList};
use compact_str::CompactString;

pub(super) use findings::{BAD_DIAL_STRING, FINDINGS};
use findings::{
    BEGINS_WITH_LONGER_THAN_DIGITS, GROUP_CYCLE, KEEP_WITH_CHANGE, MATCHED_WITHOUT_BEGINS_WITH,
    MISSING_DIGITS, NO_CONSEQUENCE, REMOVE_ABOVE_DIGITS, TOO_MANY_RULES, UNKNOWN_GROUP,
    USE_DEFAULT_IN_DEFAULT,
};

use super::Context;
use super::names::{check_description, check_name};
use super::outline::{Outline, Placed};
use super::scope::{Atom, BAD_NUMBER, Scope};
use crate::book::{Origin, View};
use crate::limits::{GROUP_DEPTH, RULES};
use crate::tree::{self, Block, BlockKind, Entry, FieldKind, Tree, Use};

/// A list in the making.
pub(super) struct Expansion<'d> {
    kind: BlockKind,
    default: Option<&'d View>,
    pub(super) rules: RuleList,
    pub(super) origins: Vec<Origin>,
}

impl<'d> Expansion<'d> {
    /// An empty list; `default` is what `use default` splices.
    pub(super) fn new(kind: BlockKind, default: Option<&'d View>) -> Self {
        Self {
            kind,
            default,
            rules: RuleList::default(),
            origins: Vec::new(),
        }
    }
}

/// Expands blocks of one book.
pub(super) struct Expander<'o, 'p> {
    pub(super) outline: &'o Outline<'p>,
}

impl<'p> Expander<'_, 'p> {
    /// Appends the rules of a block.
    pub(super) fn block(
        &self,
        block: Placed<'p, Block>,
        scope: &Scope<'_>,
        expansion: &mut Expansion<'_>,
        context: &mut Context<'p>,
    ) {
        let mut open = vec![(block.tree, block.node.entries.as_slice(), None)];
        while let Some((tree, entries, group)) = open.pop() {
            let Some((entry, rest)) = entries.split_first() else {
                continue;
            };
            open.push((tree, rest, group));
            match entry {
                Entry::Rule(rule) => rule_of(tree, rule, scope, context).add(expansion, context),
                Entry::Use(Use { group: None, span }) => splice_default(*span, expansion, context),
                Entry::Use(Use {
                    group: Some(name), ..
                }) => {
                    let is_open = |span| open.iter().any(|(_, _, group)| *group == Some(span));
                    if let Some(group) = self.used(*name, is_open, open.len(), context) {
                        open.push((group.tree, &group.node.entries, Some(group.node.name)));
                    }
                }
            }
        }
    }

    fn used(
        &self,
        name: Span,
        is_open: impl Fn(Span) -> bool,
        depth: usize,
        context: &mut Context<'p>,
    ) -> Option<Placed<'p, tree::Group>> {
        let text = context.slice(name);
        let Some(group) = self.outline.groups.get(text) else {
            let found = UNKNOWN_GROUP
                .found(format!("there is no group `{text}`"))
                .at(name);
            let known = self.outline.groups.keys().copied();
            context.push_with_suggestion(found, text, known);
            return None;
        };
        context.used.insert(group.node.name);
        if is_open(group.node.name) || depth > GROUP_DEPTH {
            let message = format!(
                "the group `{text}` is used inside itself, or more than {GROUP_DEPTH} deep"
            );
            let found = GROUP_CYCLE
                .found(message)
                .at(name)
                .at(group.node.name)
                .with_label("the group");
            context.push(found.with_help("remove one of the uses"));
            return None;
        }
        Some(*group)
    }
}

fn splice_default(span: Span, expansion: &mut Expansion<'_>, context: &mut Context<'_>) {
    let Some(default) = expansion.default else {
        let found =
            USE_DEFAULT_IN_DEFAULT.found("this is the default view, and has no other to use");
        context.push(
            found
                .at(span)
                .with_help("remove it, or write it inside a site"),
        );
        return;
    };
    let list = default.list(expansion.kind);
    if fits(list.rules().len(), span, context) {
        expansion.rules.append(list.rules());
        expansion.origins.extend_from_slice(&list.origins);
    }
}

/// Counts rules against the limit of a book.
fn fits(more: usize, span: Span, context: &mut Context<'_>) -> bool {
    let before = context.rules;
    context.rules = before.saturating_add(more);
    if context.rules > RULES && before <= RULES {
        let message = format!(
            "this makes at least {} rules, and a book holds at most {RULES}",
            context.rules
        );
        context.push(TOO_MANY_RULES.found(message).at(span));
    }
    context.rules <= RULES
}

/// A value, or what is wrong with it.
pub(super) type Found<T> = Result<T, Box<Diagnostic>>;

/// A number of digits, or a range of them; `None` is any length.
type Digits = Option<(u32, u32)>;

/// A written rule after its lets.
struct Written {
    origin: Origin,
    begins_with: Vec<(DialString, Span)>,
    digits: Vec<(Digits, Span)>,
    remove: Remove,
    prefix: DialString,
    sound: bool,
}

/// What a rule removes.
enum Remove {
    Count(u32, Option<Span>),
    Matched(Span),
    Keep,
}

fn rule_of(
    tree: &Tree,
    rule: &tree::Rule,
    scope: &Scope<'_>,
    context: &mut Context<'_>,
) -> Written {
    let before = context.found.len();
    check_name(rule.name, context);
    let mut written = Written {
        origin: Origin {
            name: rule.name,
            rule: rule.span,
        },
        begins_with: Vec::new(),
        digits: Vec::new(),
        remove: Remove::Count(0, None),
        prefix: DialString::default(),
        sound: true,
    };
    let (mut keep, mut change) = (None, None);
    for field in tree.fields(rule) {
        match field.kind {
            FieldKind::Keep => keep = Some(field.span),
            FieldKind::Remove | FieldKind::Prefix => change = Some(field.span),
            _ => {}
        }
        for value in tree.values(&field.values) {
            if field.kind == FieldKind::Description {
                check_description(value.span, context);
                continue;
            }
            let mut atoms = Vec::with_capacity(1);
            scope.atoms(value, context, &mut |atom, span| atoms.push((atom, span)));
            for (atom, span) in atoms {
                if let Err(found) = written.take(field.kind, &atom, span) {
                    context.push(*found);
                }
            }
        }
    }
    if let Some(span) = keep {
        written.remove = Remove::Keep;
        if let Some(change) = change {
            let found =
                KEEP_WITH_CHANGE.found("`keep` leaves the number as it is, and this changes it");
            context.push(
                found
                    .at(change)
                    .at(span)
                    .with_label("keep")
                    .with_help("remove one of the two"),
            );
        }
    } else if change.is_none() && !rule.damaged {
        let found = NO_CONSEQUENCE
            .found("this rule neither removes nor prefixes anything")
            .at(rule.name);
        context.push(found.with_help("write `keep` if it is to leave the number as it is"));
    }
    if written.digits.is_empty() && !rule.damaged && context.found.len() == before {
        let found = MISSING_DIGITS
            .found("this rule does not say how many digits it is for")
            .at(rule.name);
        context.push(found.with_help("write `digits 10`, `digits 11..15`, or `digits any`"));
    }
    written.sound = context.found.len() == before && !rule.damaged;
    ascend(&mut written.digits);
    written
}

/// Puts numbers of digits in ascending order, each once.
fn ascend(digits: &mut Vec<(Digits, Span)>) {
    if digits.len() < 2 {
        return;
    }
    digits.sort_by_key(|(digits, _)| *digits);
    let mut beyond = None;
    digits.retain_mut(|(digits, _)| {
        let Some((low, high)) = digits else {
            return beyond.replace(1) != Some(1);
        };
        *low = (*low).max(beyond.unwrap_or(0));
        let is_new = *low <= *high;
        beyond = beyond.max(Some(*high + 1));
        is_new
    });
}

impl Written {
    fn take(&mut self, kind: FieldKind, atom: &Atom, span: Span) -> Found<()> {
        match kind {
            FieldKind::BeginsWith => self
                .begins_with
                .push((dial_string(text(atom, span)?, span)?, span)),
            FieldKind::Prefix => self.prefix = dial_string(text(atom, span)?, span)?,
            FieldKind::Digits => self.digits.push((digits(atom, span)?, span)),
            FieldKind::Remove => self.remove = remove(atom, span)?,
            FieldKind::Description | FieldKind::Keep => {}
        }
        Ok(())
    }

    /// Appends one file rule for every begins-with (outer) and every number of digits (inner).
    fn add(mut self, expansion: &mut Expansion<'_>, context: &mut Context<'_>) {
        if !self.sound {
            return;
        }
        if self.begins_with.is_empty() {
            if let Remove::Matched(span) = self.remove {
                let found = MATCHED_WITHOUT_BEGINS_WITH
                    .found("this rule has no begins-with that could be removed");
                context.push(found.at(span).with_help("write how many digits to remove"));
                return;
            }
            self.begins_with
                .push((DialString::default(), self.origin.name));
        }
        if let (Remove::Count(0, span), true) = (&self.remove, self.prefix.is_empty()) {
            let found = NO_CONSEQUENCE.found("this rule neither removes nor prefixes anything");
            let found = found.at(span.unwrap_or(self.origin.name));
            context.push(found.with_help("write `keep` if it is to leave the number as it is"));
            return;
        }
        let lengths = self
            .digits
            .iter()
            .map(|(digits, _)| digits.map_or(1, |(low, high)| (high - low + 1) as usize));
        if fits(
            self.begins_with.len().saturating_mul(lengths.sum()),
            self.origin.name,
            context,
        ) {
            self.expand(expansion, context);
        }
    }

    fn expand(&self, expansion: &mut Expansion<'_>, context: &mut Context<'_>) {
        for (begins_with, at) in &self.begins_with {
            for (digits, digits_at) in &self.digits {
                let (low, high) = digits.unwrap_or((0, 0));
                if low > 0 && begins_with.len() > low as usize {
                    let message = format!(
                        "`{begins_with}` has {} characters, and no number of {low} digits begins with it",
                        begins_with.len()
                    );
                    let found = BEGINS_WITH_LONGER_THAN_DIGITS.found(message).at(*at);
                    context.push(found.at(*digits_at).with_label("number of digits"));
                    continue;
                }
                for digits in low..=high {
                    self.push(begins_with, digits, expansion, context);
                }
            }
        }
    }

    fn push(
        &self,
        begins_with: &DialString,
        digits: u32,
        expansion: &mut Expansion<'_>,
        context: &mut Context<'_>,
    ) {
        let matched = u32::try_from(begins_with.len()).unwrap_or(u32::MAX);
        let (remove, prefix) = match self.remove {
            Remove::Count(count, _) => (count, &self.prefix),
            Remove::Matched(_) => (matched, &self.prefix),
            Remove::Keep => (matched, begins_with),
        };
        let pushed = expansion
            .rules
            .push(begins_with.clone(), digits, remove, prefix.clone());
        match pushed {
            Ok(()) => expansion.origins.push(self.origin),
            Err(_) => {
                let span = match self.remove {
                    Remove::Count(_, Some(span)) => span,
                    _ => self.origin.name,
                };
                let message =
                    format!("{remove} digits are to be removed from a number of {digits}");
                context.push(REMOVE_ABOVE_DIGITS.found(message).at(span));
            }
        }
    }
}

fn text(atom: &Atom, span: Span) -> Found<&str> {
    let found = match atom {
        Atom::Text(text) => return Ok(text),
        Atom::Word(word) => BAD_DIAL_STRING.found(format!("`{word}` is not a dial string")),
        Atom::Range(low, high) => {
            let message = format!("`{low}..{high}` is a range, and a dial string is asked for");
            let found = BAD_DIAL_STRING.found(message);
            found.with_help("write the dial strings one by one, with commas between them")
        }
    };
    Err(Box::new(found.at(span)))
}

/// Checks a dial string; the finding points at `span`.
pub(super) fn dial_string(text: &str, span: Span) -> Found<DialString> {
    DialString::new(text).map_err(|error| {
        let shown: CompactString = text.chars().take(40).collect();
        let found = match error {
            DialStringError::Character { .. } => {
                let found =
                    BAD_DIAL_STRING.found(format!("in `{}`: {error}", shown.escape_debug()));
                found.with_help("a dial string is made of `0-9 + * #`; there are no wildcards")
            }
            DialStringError::TooLong { .. } => {
                BAD_DIAL_STRING.found(format!("this dial string has {error}"))
            }
        };
        Box::new(found.at(span))
    })
}

fn digits(atom: &Atom, span: Span) -> Found<Digits> {
    let (low, high) = match atom {
        Atom::Word(word) if word == "any" => return Ok(None),
        Atom::Text(text) | Atom::Word(text) => (number(text, 1, span)?, number(text, 1, span)?),
        Atom::Range(low, high) => (number(low, 1, span)?, number(high, 1, span)?),
    };
    if low > high {
        let found = BAD_NUMBER.found(format!("this range goes down, from {low} to {high}"));
        return Err(Box::new(
            found.at(span).with_help(format!("write `{high}..{low}`")),
        ));
    }
    Ok(Some((low, high)))
}

fn remove(atom: &Atom, span: Span) -> Found<Remove> {
    match atom {
        Atom::Word(word) if word == "matched" => Ok(Remove::Matched(span)),
        Atom::Text(text) | Atom::Word(text) => {
            Ok(Remove::Count(number(text, 0, span)?, Some(span)))
        }
        Atom::Range(..) => {
            let found = BAD_NUMBER.found("a range cannot be removed");
            Err(Box::new(
                found.at(span).with_help("write one number, or `matched`"),
            ))
        }
    }
}

fn number(text: &str, lowest: u32, span: Span) -> Found<u32> {
    let limit = Rule::DIGITS_LIMIT;
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = plain.then(|| text.parse::<u32>().unwrap_or(u32::MAX));
    let message = match value {
        Some(value) if (lowest..=limit).contains(&value) => return Ok(value),
        Some(_) => format!("`{text}` is not between {lowest} and {limit}"),
        None => format!("`{}` is not a number", text.escape_debug()),
    };
    Err(Box::new(BAD_NUMBER.found(message).at(span)))
}
