//! A report with every kind of label, help, fix and severity.

use adr_diagnostic::render::{Format, Options, render};
use adr_diagnostic::{
    Applicability, Diagnostic, Edit, Finding, Fix, Report, Severity, Sources, Span,
};

/// The kinds of findings in the report.
pub(crate) static KINDS: [&Finding; 2] = [
    &Finding::warning("dead-rule", "a rule never wins", "Rules above it take every number.\n"),
    &Finding::error("bad-number", "a count of digits is not a number", "Write a number.\n"),
];

const PLAN: &str = "\
application {
  rule \"Zürich 😀\"\t{ digits 1O; prefix 9 }\r
  rule \"All\"   { digits 7; prefix 9 }
  rule \"Local\" { digits 7; prefix 8 }
}
include \"x";

pub(crate) fn rich() -> (Report, Sources) {
    let mut sources = Sources::new();
    let plan = sources.add("rules/plan.adr", PLAN);
    let other = sources.add("rules/shared, old:names.adr", "let a = 9 // 100 %\n");
    let span = |text: &str| {
        let start = PLAN.find(text).unwrap();
        Span::new(plan, start as u32, (start + text.len()) as u32)
    };
    let end = Span::new(plan, PLAN.len() as u32, PLAN.len() as u32);
    let fix = Fix {
        message: "remove the rule".into(),
        edits: vec![Edit {
            span: span("  rule \"Local\" { digits 7; prefix 8 }\n"),
            replacement: String::new(),
        }],
        applicability: Applicability::Safe,
    };
    let mut dead =
        Diagnostic::warning("dead-rule", "`Local` never wins, for `All` takes every number")
            .at(span("Local"))
            .with_label("never wins")
            .at(span("All"))
            .with_label("takes them")
            .at(Span::new(other, 4, 5))
            .with_label("with this")
            .with_help("remove it")
            .with_fix(fix)
            .with_witness("5551212")
            .with_rule(3);
    dead.covered_by = vec!["All".into()];
    let report = [
        Diagnostic::error("bad-number", "`1O` is not a number")
            .at(span("1O"))
            .with_label("a letter O, not a zero")
            .with_help("write `digits 10`")
            .with_help("or `digits any`"),
        dead,
        Diagnostic::error("missing-quotes", "this text is not closed, 50 % of it: a\nb").at(end),
        Diagnostic::new(
            "no-place",
            Severity::Information,
            "something <about> \"everything\" & ]]> nothing",
        ),
    ];
    (report.into_iter().collect(), sources)
}

pub(crate) fn written(format: Format, color: bool) -> String {
    let (report, sources) = rich();
    render(format, &report, &sources, &options(color))
}

pub(crate) fn options(color: bool) -> Options<'static> {
    Options { color, width: 100, version: "0.1.0", findings: &KINDS, valid: None }
}
