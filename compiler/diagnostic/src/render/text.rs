//! Renders findings for people: excerpts of the source with labels, and help.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use super::{Options, one_line, sanitized};
use crate::{Diagnostic, Label, Report, Severity, Sources, Span};

/// Most bytes of the source around a place that are shown.
const WINDOW: usize = 400;

/// Largest distance, in lines, of labels that share an excerpt.
const NEAR: u32 = 6;

pub(super) fn render(report: &Report, sources: &Sources, options: &Options<'_>) -> String {
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(options.width);
    let mut out = String::new();
    for found in report.diagnostics() {
        out.push_str(&one(&sanitize(found), sources, &renderer));
        out.push_str("\n\n");
    }
    out
}

/// Sanitizes the texts of a finding. The renderer does the same for the source.
fn sanitize(found: &Diagnostic) -> Diagnostic {
    let mut found = found.clone();
    let fix = found.fix.iter_mut();
    let replacements = fix.flat_map(|fix| {
        let edits = fix.edits.iter_mut().map(|edit| &mut edit.replacement);
        edits.chain([&mut fix.message])
    });
    let labels = found.labels.iter_mut().map(|label| &mut label.text);
    let texts = labels.chain(&mut found.help).chain(&mut found.witness);
    for text in texts.chain(replacements).chain([&mut found.message]) {
        *text = sanitized(text);
    }
    found
}

fn one(found: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let excerpts = excerpts(&found.labels, sources);
    let names: Vec<String> = excerpts.iter().map(|excerpt| one_line(excerpt.name)).collect();
    let mut group = level(found.severity).primary_title(&found.message).id(found.name).elements(
        excerpts.iter().zip(&names).map(|(excerpt, name)| {
            let annotations = excerpt.labels.iter().map(|(label, primary)| {
                let kind = if *primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                kind.span(excerpt.within(label.span)).label(label.text.as_str())
            });
            Snippet::source(excerpt.text)
                .line_start(excerpt.line as usize)
                .path(name.as_str())
                .annotations(annotations)
        }),
    );
    let notes: Vec<String> =
        found.witness.iter().map(|witness| format!("for example `{witness}`")).collect();
    for note in &notes {
        group = group.element(Level::NOTE.message(note));
    }
    for help in &found.help {
        group = group.element(Level::HELP.message(help));
    }
    let mut groups = vec![group];
    let fixed = found.fix.as_ref().and_then(|fix| {
        let first = fix.edits.first()?;
        let label = Label { span: first.span, text: String::new() };
        Some((fix, excerpts_of(&[label], sources)?))
    });
    if let Some((fix, excerpt)) = &fixed {
        let near = fix.edits.iter().filter(|edit| excerpt.holds(edit.span));
        let patches =
            near.map(|edit| Patch::new(excerpt.within(edit.span), edit.replacement.as_str()));
        let snippet = Snippet::source(excerpt.text)
            .line_start(excerpt.line as usize)
            .path(one_line(excerpt.name))
            .patches(patches);
        groups.push(Group::with_title(Level::HELP.secondary_title(&fix.message)).element(snippet));
    }
    renderer.render(&groups)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Information => Level::INFO,
    }
}

/// A part of a source, and the labels in it.
struct Excerpt<'s> {
    /// The name of the source.
    name: &'s str,
    /// The lines that are shown.
    text: &'s str,
    /// The byte offset of `text` in its source.
    start: usize,
    /// The number of its first line, from 1.
    line: u32,
    source: crate::SourceId,
    /// The labels in it, and whether each is the primary one.
    labels: Vec<(&'s Label, bool)>,
}

impl Excerpt<'_> {
    fn holds(&self, span: Span) -> bool {
        let range = self.start..=self.start + self.text.len();
        span.source == self.source
            && range.contains(&(span.start as usize))
            && range.contains(&(span.end as usize))
    }

    /// The range of a span in the excerpt.
    fn within(&self, span: Span) -> std::ops::Range<usize> {
        let clamp = |offset: u32| {
            self.text.floor_char_boundary(
                (offset as usize).saturating_sub(self.start).min(self.text.len()),
            )
        };
        clamp(span.start)..clamp(span.end)
    }
}

/// The excerpts for labels, that of the first label first. Labels near each other share one.
fn excerpts<'s>(labels: &'s [Label], sources: &'s Sources) -> Vec<Excerpt<'s>> {
    let mut rest: Vec<(&Label, bool)> =
        labels.iter().enumerate().map(|(at, label)| (label, at == 0)).collect();
    let mut excerpts = Vec::new();
    while !rest.is_empty() {
        let mut same = vec![rest.remove(0)];
        let place = |label: &Label| (label.span.source, sources.position(label.span).line);
        let (source, line) = place(same[0].0);
        let near = |label: &Label| {
            let (other, other_line) = place(label);
            other == source && other_line.abs_diff(line) <= NEAR
        };
        let (more, others) = rest.into_iter().partition(|(label, _)| near(label));
        same.extend::<Vec<_>>(more);
        rest = others;
        excerpts.push(excerpt(same, sources));
    }
    excerpts
}

fn excerpts_of<'s>(labels: &[Label], sources: &'s Sources) -> Option<Excerpt<'s>> {
    let spans = labels.iter().map(|label| label.span);
    let span = spans.reduce(|a, b| if a.source == b.source { a.to(b) } else { a })?;
    Some(window(span, sources))
}

fn excerpt<'s>(labels: Vec<(&'s Label, bool)>, sources: &'s Sources) -> Excerpt<'s> {
    let first = labels[0].0.span;
    let whole = labels.iter().fold(first, |span, (label, _)| span.to(label.span));
    let lines = sources.get(whole.source).position(whole.end).line - sources.position(whole).line;
    let span =
        if lines <= 2 * NEAR { whole } else { Span::new(first.source, first.start, first.start) };
    let mut excerpt = window(span, sources);
    excerpt.labels = labels
        .into_iter()
        .filter(|(label, primary)| *primary || excerpt.holds(label.span))
        .collect();
    excerpt
}

/// The lines of a span, cut off if they are very long.
fn window(span: Span, sources: &Sources) -> Excerpt<'_> {
    let source = sources.get(span.source);
    let text = source.text();
    let (from, to) = (span.start as usize, span.end as usize);
    let earliest = text.ceil_char_boundary(from.saturating_sub(WINDOW));
    let latest = text.floor_char_boundary((to.min(from + 4 * WINDOW) + WINDOW).min(text.len()));
    let start = text[earliest..from].rfind('\n').map_or(earliest, |at| earliest + at + 1);
    let after = to.min(latest);
    let end = text[after..latest].find('\n').map_or(latest, |at| after + at);
    Excerpt {
        name: source.name(),
        text: text[start..end].trim_end_matches('\r'),
        start,
        line: source.position(span.start).line,
        source: span.source,
        labels: Vec::new(),
    }
}
