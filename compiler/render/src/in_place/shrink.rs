//! Edits the fields of a rule so that it compiles to fewer file rules, and keeps its comments.

use adr_diagnostic::{Edit, Sources, Span, edited};
use adr_engine::Rule;
use adr_language::tree::{Field, FieldKind, Tree, Value, ValueKind};
use adr_language::{RuleComments, RuleOrigin, rule_at};

use crate::adr_writer::{MatchFields, NamedRule, match_fields};

/// The edits after which the rule at `origin` compiles to `rules`; `None` if its text does not
/// allow that.
///
/// Several lengths and beginnings may need several rules in the source. The additional rules follow
/// the first one, without its comments and with a number after the name.
pub(super) fn edits(
    tree: &Tree,
    sources: &Sources,
    origin: RuleOrigin,
    rules: &[Rule],
) -> Option<Vec<Edit>> {
    let written = Written::of(tree, sources, origin)?;
    if !written.has_same_effect(rules) {
        return None;
    }
    let named = rules.iter().map(|rule| NamedRule {
        rule: rule.clone(),
        name: String::new(),
        remark: String::new(),
    });
    let fields = match_fields(&named.collect::<Vec<_>>());
    let (first, others) = fields.split_first()?;
    let mut edits = written.fields_edited(first)?;
    let mut more = String::new();
    for (at, fields) in others.iter().enumerate() {
        more += &written.copied(fields, at + 2)?;
    }
    if !more.is_empty() {
        let end = written.comments.behind.unwrap_or(origin.rule).end;
        edits.push(written.insert(end, more));
    }
    Some(edits)
}

/// A rule in its text.
struct Written<'t> {
    tree: &'t Tree,
    sources: &'t Sources,
    origin: RuleOrigin,
    fields: Vec<Field>,
    comments: RuleComments,
}

impl<'t> Written<'t> {
    fn of(tree: &'t Tree, sources: &'t Sources, origin: RuleOrigin) -> Option<Self> {
        let rule = rule_at(tree, origin.rule)?;
        Some(Self {
            tree,
            sources,
            origin,
            fields: tree.fields(rule).collect(),
            comments: RuleComments::of(tree, sources, origin.rule),
        })
    }

    fn field(&self, kind: FieldKind) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == kind)
    }

    fn values(&self, field: &Field) -> Vec<Value> {
        self.tree.values(&field.values).collect()
    }

    /// Whether the other fields of this rule have the same effect for these file rules.
    fn has_same_effect(&self, rules: &[Rule]) -> bool {
        let is_matched = self.field(FieldKind::Remove).is_some_and(|field| {
            let values = self.values(field);
            values.iter().any(|value| value.kind == ValueKind::Word)
        });
        let keeps = self.field(FieldKind::Keep).is_some();
        rules.iter().all(|rule| {
            let removes_matched = usize::try_from(rule.remove()) == Ok(rule.begins_with().len());
            (removes_matched || !is_matched && !keeps)
                && (!keeps || rule.begins_with() == rule.prefix())
        })
    }

    /// The edits of `begins-with` and `digits`.
    fn fields_edited(&self, new: &MatchFields) -> Option<Vec<Edit>> {
        let digits = self.field(FieldKind::Digits)?;
        let mut edits = self.begins_with_edited(new)?;
        let values = self.values(digits);
        let span = values.first()?.span.to(values.last()?.span);
        if self.sources.slice(span) != new.digits {
            if self.has_comment(span) {
                return None;
            }
            edits.push(replace(span, &new.digits));
        }
        Some(edits)
    }

    fn begins_with_edited(&self, new: &MatchFields) -> Option<Vec<Edit>> {
        let Some(field) = self.field(FieldKind::BeginsWith) else {
            let first = self.fields.first()?.span.start;
            let added = format!("begins-with {}; ", new.beginnings);
            return Some(match new.begins_with.is_empty() {
                true => Vec::new(),
                false => vec![self.insert(first, added)],
            });
        };
        if new.begins_with.is_empty() {
            return self.without(field.span).map(|span| vec![replace(span, "")]);
        }
        let values = self.values(field);
        let is_plain = |value: &Value| matches!(value.kind, ValueKind::Bare | ValueKind::Quoted);
        let text = |value: &Value| self.sources.slice(value.span);
        let is_kept = |value: &Value| new.begins_with.iter().any(|new| new == text(value));
        let kept: Vec<&str> = values.iter().filter(|value| is_kept(value)).map(text).collect();
        let span = whole(*values.first()?).to(whole(*values.last()?));
        if !self.has_comment(span) {
            return Some(vec![replace(span, &new.beginnings)]);
        }
        if !values.iter().all(is_plain) || kept != new.begins_with {
            return None;
        }
        let mut is_removed: Vec<bool> = values.iter().map(|value| !is_kept(value)).collect();
        let mut edits = Vec::new();
        // the first value must be on the line of its keyword
        let first_kept = is_removed.iter().position(|removed| !removed)?;
        if first_kept > 0 {
            let first = self.sources.slice(whole(values[first_kept]));
            edits.push(replace(whole(values[0]), first));
            is_removed.swap(0, first_kept);
        }
        edits.extend(self.without_values(&values, &is_removed));
        Some(edits)
    }

    /// Removes values with their commas, and keeps the text between them.
    fn without_values(&self, values: &[Value], is_removed: &[bool]) -> Vec<Edit> {
        let mut edits = Vec::new();
        let last_kept = is_removed.iter().rposition(|removed| !removed).unwrap_or(0);
        for (at, value) in values.iter().enumerate() {
            if is_removed[at] {
                edits.push(replace(self.with_gap(whole(*value)), ""));
            }
            // removes the comma after a removed value, and all commas after the last kept value
            let Some(next) = values.get(at + 1) else {
                continue;
            };
            if is_removed[at] || at >= last_kept {
                let comma = self.comma(whole(*value).end, whole(*next).start);
                edits.extend(comma.map(|comma| replace(self.with_gap(comma), "")));
            }
        }
        self.joined(edits)
    }

    /// Removals in order, with those that touch joined. A comment moves to the start of its line if
    /// nothing remains before it.
    fn joined(&self, mut edits: Vec<Edit>) -> Vec<Edit> {
        edits.sort_by_key(|edit| edit.span.start);
        let mut joined: Vec<Edit> = Vec::with_capacity(edits.len());
        for edit in edits {
            match joined.last_mut() {
                Some(last) if edit.span.start <= last.span.end => {
                    last.span.end = last.span.end.max(edit.span.end);
                }
                _ => joined.push(edit),
            }
        }
        for edit in &mut joined {
            let text = self.sources.get(edit.span.source).text();
            let before = text[..edit.span.range().start].trim_end_matches([' ', '\t']);
            if before.ends_with('\n') {
                edit.span = self.with_blanks(edit.span);
            }
        }
        joined
    }

    /// The comma between two offsets that is not in a comment.
    fn comma(&self, from: u32, to: u32) -> Option<Span> {
        let source = self.origin.rule.source;
        let text = self.sources.slice(Span::new(source, from, to));
        let mut commas = text.match_indices(',');
        commas.find_map(|(at, _)| {
            let start = from + u32::try_from(at).ok()?;
            let comma = Span::new(source, start, start + 1);
            (!self.has_comment(comma)).then_some(comma)
        })
    }

    /// A span with the spaces and tabs after it.
    fn with_blanks(&self, span: Span) -> Span {
        let text = self.sources.get(span.source).text();
        let rest = &text[span.range().end..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        Span::new(span.source, span.start, span.end + u32::try_from(blanks).unwrap_or(0))
    }

    /// A span with the spaces and tabs after it, unless a comment follows them.
    fn with_gap(&self, span: Span) -> Span {
        let wider = self.with_blanks(span);
        let text = self.sources.get(span.source).text();
        match text[wider.range().end..].starts_with("//") {
            true => span,
            false => wider,
        }
    }

    /// A span with the spaces and tabs before it.
    fn with_blanks_before(&self, span: Span) -> Span {
        let text = self.sources.get(span.source).text();
        let before = text[..span.range().start].trim_end_matches([' ', '\t']);
        let start = u32::try_from(before.len()).unwrap_or(span.start);
        Span::new(span.source, start, span.end)
    }

    /// A field with its separator; `None` if they contain a comment.
    fn without(&self, field: Span) -> Option<Span> {
        let span = self.with_blanks(field);
        let text = self.sources.get(span.source).text();
        let span = match text[span.range().end..].starts_with(';') {
            true => self.with_blanks(Span::new(span.source, span.start, span.end + 1)),
            false => field,
        };
        (!self.has_comment(span)).then_some(span)
    }

    /// Whether a span overlaps a comment of the rule.
    fn has_comment(&self, span: Span) -> bool {
        let mut inside = self.comments.inside.iter();
        inside.any(|comment| comment.start < span.end && span.start < comment.end)
    }

    /// A copy of the rule with other numbers, on its own line.
    fn copied(&self, fields: &MatchFields, number: usize) -> Option<String> {
        let rule = self.origin.rule;
        let name = format!("{} {number}", self.sources.slice(self.origin.name));
        let mut edits = self.fields_edited(fields)?;
        edits.push(replace(self.origin.name, &name));
        let comments = self.comments.inside.iter();
        edits.extend(comments.map(|comment| replace(self.with_blanks_before(*comment), "")));
        for edit in &mut edits {
            edit.span.start -= rule.start;
            edit.span.end -= rule.start;
        }
        let text = self.sources.get(rule.source).text();
        let line_start = text[..rule.range().start].rfind('\n').map_or(0, |at| at + 1);
        let line = &text[line_start..];
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        let line_end = match text.contains("\r\n") {
            true => "\r\n",
            false => "\n",
        };
        let new = edited(self.sources.slice(rule), &edits);
        Some(format!("{line_end}{indent}{new}"))
    }

    fn insert(&self, at: u32, text: String) -> Edit {
        Edit { span: Span::new(self.origin.rule.source, at, at), replacement: text }
    }
}

/// A value with its quotes.
fn whole(value: Value) -> Span {
    let quotes = u32::from(value.is_quoted());
    Span::new(value.span.source, value.span.start - quotes, value.span.end + quotes)
}

fn replace(span: Span, replacement: &str) -> Edit {
    Edit { span, replacement: replacement.to_owned() }
}
