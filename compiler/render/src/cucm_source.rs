//! Writes the rules of a CUCM, with its emergency numbers, as rule source.

mod emergency;
mod names;
mod rules;

use std::fmt::{self, Write};
use std::ops::Range;

use adr_cucm::file::LocatedRule;
use adr_cucm::{Converted, FlaggedPatterns, RuleKind, convert};
use adr_diagnostic::{Report, Sources, Span, is_invisible};

use crate::adr_writer::laid_out;

/// How a comment about a record of CUCM begins.
const RECORD: &str = "// CUCM: ";

/// What a CUCM holds, as far as rule source can say it.
#[derive(Clone, Debug)]
pub struct CucmSource<'s> {
    /// Where the rules come from, such as `cucm://hq`. The text begins with it.
    pub origin: &'s str,
    /// The rules.
    pub rules: &'s Converted,
    /// The emergency numbers; `None` to leave them out.
    pub emergency: Option<&'s FlaggedPatterns>,
    /// Where the rules stand in the text.
    pub placement: Placement<'s>,
}

/// Where the rules of CUCM stand in a dial plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement<'s> {
    /// They are the lists of the default view.
    Default,
    /// They are the one list of the default view; the text says nothing about the other list.
    OneList(RuleKind),
    /// They are the lists of a site.
    Site {
        /// The name of the site.
        name: &'s str,
        /// Its networks, such as `10.20.0.0/16`; at least one.
        networks: &'s [String],
    },
    /// They are groups, `NAME application` and `NAME lookup`, which other files use.
    Groups {
        /// How the names of the groups begin.
        name: &'s str,
    },
}

impl CucmSource<'_> {
    /// The rule source, in the layout of `adrc fmt`. The same records give the same bytes.
    ///
    /// Rules are in the order in which CUCM applies them. Rules in a row that differ only in name
    /// and number of digits become one rule. UUID and priority of each record are in a comment
    /// above its rule, and so is a name or a description that the language does not accept.
    ///
    /// A dial plan of this text has the rules of `rules`, each with the same values, in the same
    /// order, with three exceptions:
    ///
    /// * A rule that changes no number becomes `keep`, which has the same results. The language has
    ///   no other way to write it.
    /// * A rule that can match no number, because it begins with more digits than it has, is only a
    ///   comment.
    /// * A record that is not a rule within CUCM's limits is only a comment. Such a record is an
    ///   error in the report of `rules`, so look there before you use the text. It is not an error
    ///   here, because then nobody could look at the other rules of the cluster.
    ///
    /// ```
    /// use adr_cucm::{CucmRule, RuleKind, convert};
    /// use adr_render::cucm_source::{CucmSource, Placement};
    ///
    /// let rule = |name: &str, digits: i64| CucmRule {
    ///     begins_with: "+44".to_owned(),
    ///     digits: digits.into(),
    ///     remove: 1.into(),
    ///     prefix: "900".to_owned(),
    ///     priority: digits.into(),
    ///     ..CucmRule::new(RuleKind::Application, name)
    /// };
    /// let rules = convert(vec![rule("UK", 12).into(), rule("UK, long", 13).into()]);
    /// let placement = Placement::Default;
    /// let source = CucmSource { origin: "cucm://hq", rules: &rules, emergency: None, placement };
    /// let text = "\
    /// // The rules of cucm://hq.
    ///
    /// application {
    ///   // CUCM: \"UK\", priority 12
    ///   // CUCM: \"UK, long\", priority 13
    ///   rule \"UK\" { begins-with +44; digits 12..13; remove 1; prefix 900 }
    /// }
    ///
    /// lookup {}
    /// ";
    /// assert_eq!(source.text(), text);
    /// ```
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("// The rules of {}.\n\n", Quotable(self.origin));
        if let Some(patterns) = self.emergency {
            emergency::write(patterns, &mut text);
        }
        match self.placement {
            Placement::Default => {
                self.block("application", RuleKind::Application, &mut text);
                text.push('\n');
                self.block("lookup", RuleKind::DirectoryLookup, &mut text);
            }
            Placement::OneList(kind) => self.block(word(kind), kind, &mut text),
            Placement::Site { name, networks } => {
                let _ = writeln!(text, "site \"{name}\" {{\nclients {}\n", networks.join(", "));
                for kind in RuleKind::ALL {
                    self.block(word(kind), kind, &mut text);
                    text.push('\n');
                }
                text.push_str("}\n");
            }
            Placement::Groups { name } => {
                for kind in RuleKind::ALL {
                    self.block(&format!("group \"{name} {}\"", word(kind)), kind, &mut text);
                    text.push('\n');
                }
            }
        }
        laid_out(text)
    }

    fn block(&self, head: &str, kind: RuleKind, text: &mut String) {
        let _ = writeln!(text, "{head} {{");
        let rules = match kind {
            RuleKind::Application => &self.rules.application,
            RuleKind::DirectoryLookup => &self.rules.lookup,
        };
        rules::write(rules, text);
        text.push_str("}\n");
    }

    /// The text under the name [`origin`](Self::origin), and the findings about the records, each
    /// at the comment about its record.
    #[must_use]
    pub fn with_findings(&self) -> (Sources, Report) {
        let mut sources = Sources::new();
        let text = self.text();
        let lines = record_lines(&text);
        let source = sources.add(self.origin, text);
        let records = self.rules.application.iter().chain(&self.rules.lookup);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let located = records.enumerate().map(|(at, record)| LocatedRule {
            rule: record.record.rule.clone(),
            span: lines.get(at).map(|it| Span::new(source, offset(it.start), offset(it.end))),
        });
        // the records are in order already, so this only finds again what is wrong with them
        let report = convert(located.collect()).report;
        (sources, report)
    }
}

fn word(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Application => "application",
        RuleKind::DirectoryLookup => "lookup",
    }
}

/// The comments about records, in their order.
fn record_lines(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        if line.trim_start().starts_with(RECORD) {
            lines.push(start..start + line.trim().len());
        }
    }
    lines
}

/// A text that is safe in a comment: what a reader could not see is escaped.
struct Quotable<'t>(&'t str);

impl fmt::Display for Quotable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '"' | '\\' => write!(f, "\\{character}"),
            _ if is_invisible(character) => write!(f, "{}", character.escape_unicode()),
            _ => f.write_char(character),
        })
    }
}
