//! Lists of rules from any source, and the names of their rules.

use std::collections::HashSet;
use std::sync::Arc;

use adr_diagnostic::Sources;
use adr_engine::{Rule, xml};
use adr_language::{DialPlan, List, ListKind, RuleOrigin};

/// One list, and how to name its rules.
pub struct Rules {
    from: From,
    is_valid: bool,
}

enum From {
    Plan(Arc<DialPlan>, Arc<List>),
    File {
        path: String,
        /// The rules. Files with equal rules share them.
        rules: Arc<Vec<Rule>>,
        /// The line of each rule, from 1; empty if the lines are not known.
        lines: Vec<u32>,
    },
    Records {
        place: String,
        rules: Arc<Vec<Rule>>,
        /// The name of each rule.
        names: Vec<String>,
    },
}

/// The line of each rule of a deployed file, for [`Rules::of_file`]. Line 1 is the first one.
///
/// ```
/// use adr_render::lists::lines_of_file;
///
/// let file = b"<DialRules>\n <DialRule BeginsWith='9' NumDigits='7' DigitsToRemove='1' PrefixWith=''/>\n</DialRules>\n";
/// assert_eq!(lines_of_file("AppDialRules.xml", file), [2]);
/// ```
#[must_use]
pub fn lines_of_file(path: &str, bytes: &[u8]) -> Vec<u32> {
    let text = String::from_utf8_lossy(bytes);
    let mut sources = Sources::new();
    let source = sources.add(path, &*text);
    let strict = xml::read_strict(source, &text, bytes);
    strict.spans.iter().map(|span| sources.position(*span).line).collect()
}

/// The kind and the site of a list in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListName<'n> {
    /// Application or lookup.
    pub kind: ListKind,
    /// The site; `None` for the default view.
    pub site: Option<&'n str>,
}

/// One list of several, with its site and kind.
pub struct NamedList {
    /// The site; `None` for the default view.
    pub site: Option<String>,
    /// Application or lookup.
    pub kind: ListKind,
    /// The rules.
    pub rules: Rules,
}

impl Rules {
    /// A list of a checked plan.
    #[must_use]
    pub fn of_list(plan: &Arc<DialPlan>, list: Arc<List>) -> Self {
        Self { from: From::Plan(Arc::clone(plan), list), is_valid: true }
    }

    /// The rules that a client reads from a deployed file. `lines` has the line of each rule; the
    /// first line has number 1. If `lines` and `rules` differ in length, rules are named without
    /// lines. `is_valid` is whether clients use the file.
    #[must_use]
    pub fn of_file(path: &str, rules: Vec<Rule>, lines: Vec<u32>, is_valid: bool) -> Self {
        let lines = if lines.len() == rules.len() { lines } else { Vec::new() };
        let from = From::File { path: path.to_owned(), rules: Arc::new(rules), lines };
        Self { from, is_valid }
    }

    /// Rules with names from another place than a file, such as CUCM.
    #[must_use]
    pub fn of_records(place: &str, rules: impl IntoIterator<Item = (String, Rule)>) -> Self {
        let (names, rules): (Vec<String>, Vec<Rule>) = rules.into_iter().unzip();
        let from = From::Records { place: place.to_owned(), rules: Arc::new(rules), names };
        Self { from, is_valid: true }
    }

    /// Every list of a plan.
    #[must_use]
    pub fn of_plan(plan: &Arc<DialPlan>) -> Vec<NamedList> {
        let lists = plan.views().flat_map(|view| {
            let named = |kind| NamedList {
                site: view.name().map(str::to_owned),
                kind,
                rules: Self::of_list(plan, Arc::clone(view.list(kind))),
            };
            ListKind::ALL.map(named)
        });
        lists.collect()
    }

    /// Whether clients use these rules; false for an invalid deployed file.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.is_valid
    }

    /// Uses the rules from `known` if they are equal, so that equal lists are analyzed once.
    pub fn share(&mut self, known: &mut HashSet<Arc<Vec<Rule>>>) {
        if let From::File { rules, .. } | From::Records { rules, .. } = &mut self.from
            && let Some(same) = known.replace(Arc::clone(rules))
        {
            *rules = Arc::clone(&same);
            known.replace(same);
        }
    }

    /// Identifies the rules: two lists that share their rules have the same value.
    #[must_use]
    pub fn identity(&self) -> *const Rule {
        self.rules().as_ptr()
    }

    /// The rules in priority order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        match &self.from {
            From::Plan(_, list) => list.rules(),
            From::File { rules, .. } | From::Records { rules, .. } => rules,
        }
    }

    /// The name of a rule, or its row if it has no name.
    #[must_use]
    pub fn name(&self, at: usize) -> String {
        match &self.from {
            From::Plan(plan, list) => {
                let name = list.origin(at).map(|origin| plan.sources().slice(origin.name));
                name.unwrap_or_default().to_owned()
            }
            From::File { .. } => format!("row {}", at + 1),
            From::Records { names, .. } => names.get(at).cloned().unwrap_or_default(),
        }
    }

    /// The plan of the list; `None` for rules that are not from a plan.
    #[must_use]
    pub fn plan(&self) -> Option<&DialPlan> {
        match &self.from {
            From::Plan(plan, ..) => Some(plan),
            From::File { .. } | From::Records { .. } => None,
        }
    }

    /// The position of a rule in the rule sources of its plan.
    #[must_use]
    pub fn origin(&self, at: usize) -> Option<RuleOrigin> {
        match &self.from {
            From::Plan(_, list) => list.origin(at),
            From::File { .. } | From::Records { .. } => None,
        }
    }

    /// The beginnings of a rule's numbers as the author wrote them, such as a range.
    #[must_use]
    pub fn entry(&self, at: usize) -> String {
        let value = match &self.from {
            From::Plan(plan, list) => {
                let entry = list.origin(at).and_then(|origin| origin.entry);
                entry.map(|entry| plan.sources().slice(entry.value))
            }
            From::File { .. } | From::Records { .. } => None,
        };
        let rule = self.rules().get(at);
        let begins_with = || rule.map_or("", Rule::begins_with);
        let range = value.filter(|value| value.contains("..") && !value.contains('$'));
        range.unwrap_or_else(begins_with).escape_debug().to_string()
    }

    /// Whether the rules have names; if not, they are named by their row numbers.
    #[must_use]
    pub fn has_names(&self) -> bool {
        !matches!(self.from, From::File { .. })
    }

    /// The description of a rule, and the comments above it, within it, and after it on its last
    /// line.
    #[must_use]
    pub fn note(&self, at: usize) -> String {
        match &self.from {
            From::Plan(plan, list) => {
                list.origin(at).map_or_else(String::new, |origin| plan.note(origin))
            }
            From::File { .. } | From::Records { .. } => String::new(),
        }
    }

    /// The place of a rule, `file:line`; only the file if the line is not known.
    #[must_use]
    pub fn place(&self, at: usize) -> String {
        match &self.from {
            From::Plan(plan, list) => list.origin(at).map_or_else(String::new, |origin| {
                let line = plan.sources().position(origin.rule).line;
                format!("{}:{line}", plan.sources().get(origin.rule.source).name())
            }),
            From::File { path, lines, .. } => match lines.get(at) {
                Some(line) => format!("{path}:{line}"),
                None => path.clone(),
            },
            From::Records { place, .. } => place.clone(),
        }
    }
}
