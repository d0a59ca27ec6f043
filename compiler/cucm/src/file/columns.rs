//! Columns of a table: which one holds which field of a rule.

use adr_diagnostic::Span;

use super::LocatedRule;
use crate::axl::SqlRow;
use crate::rule::{Count, CucmRule, RuleKind, Uuid};

/// The fields of a rule: the label on the page, and the other names, in lower case and without
/// everything but letters and digits. Names of AXL and of the database are among them.
const FIELDS: [(&str, &[&str]); 8] = [
    (
        "Name",
        &[
            "name",
            "rulename",
            "dialrulename",
            "applicationdialrulename",
            "directorylookupdialrulename",
        ],
    ),
    ("Description", &["description"]),
    (
        "Number Begins With",
        &["numberbeginswith", "numberbeginwith", "numbeginwith", "numbeginswith", "beginswith"],
    ),
    ("Number of Digits", &["numberofdigits", "numofdigits", "numdigits"]),
    (
        "Total Digits to be Removed",
        &["totaldigitstoberemoved", "digitstoberemoved", "digitsremoved", "digitstoremove"],
    ),
    ("Prefix With Pattern", &["prefixwithpattern", "prefixpattern", "prefixwith", "prefix"]),
    ("Priority", &["priority", "dialrulepriority", "applicationdialrulepriority"]),
    ("uuid", &["pkid", "uuid"]),
];

/// Indexes in [`FIELDS`] of the fields without which a table is not a table of rules.
const REQUIRED: [usize; 5] = [0, 2, 3, 4, 5];

/// Index in [`FIELDS`] of the priority.
const PRIORITY: usize = 6;

/// The columns of a table are not those of dial rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}; the columns are {}", self.what(), quoted(&self.header))]
pub struct LayoutError {
    /// The columns of the table.
    pub header: Vec<String>,
    /// Labels of the fields that no column holds.
    pub missing: Vec<&'static str>,
    /// Labels of the fields that more than one column could hold.
    pub ambiguous: Vec<&'static str>,
}

impl LayoutError {
    fn what(&self) -> String {
        let (word, fields) = if self.missing.is_empty() {
            ("more than one column", &self.ambiguous)
        } else {
            ("no column", &self.missing)
        };
        format!("{word} is called {}", fields.join(", "))
    }
}

/// Columns of a header that a message repeats.
const QUOTED_COLUMNS: usize = 20;

/// Characters of a column's name that a message repeats.
const QUOTED_CHARACTERS: usize = 40;

fn quoted(header: &[String]) -> String {
    let quote = |name: &String| {
        let name: String = name.chars().take(QUOTED_CHARACTERS).collect();
        format!("`{}`", name.escape_debug())
    };
    let shown: Vec<_> = header.iter().take(QUOTED_COLUMNS).map(quote).collect();
    match header.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Where the fields of rules are in the rows of a table.
#[derive(Debug)]
pub(super) struct Columns {
    /// The column of each of [`FIELDS`].
    places: [Option<usize>; FIELDS.len()],
}

impl Columns {
    /// Whether some column of a header is called like a field of a rule.
    pub(super) fn is_named_in(header: &[String]) -> bool {
        let mut names = header.iter().map(|name| plain(name));
        names.any(|name| FIELDS.iter().any(|(_, synonyms)| synonyms.contains(&&*name)))
    }

    /// The columns of a table with this header.
    pub(super) fn of(header: &[String]) -> Result<Self, LayoutError> {
        let names: Vec<_> = header.iter().map(|name| plain(name)).collect();
        let mut places = [None; FIELDS.len()];
        let mut ambiguous = Vec::new();
        for (place, (label, synonyms)) in places.iter_mut().zip(FIELDS) {
            let is_field = |name: &&str| synonyms.contains(name);
            let mut found = (0..).zip(&names).filter(|(_, name)| is_field(&&***name));
            *place = found.next().map(|(at, _)| at);
            if found.next().is_some() {
                ambiguous.push(label);
            }
        }
        let missing = REQUIRED.iter().filter(|at| places[**at].is_none());
        let missing: Vec<_> = missing.map(|at| FIELDS[*at].0).collect();
        if missing.is_empty() && ambiguous.is_empty() {
            return Ok(Self { places });
        }
        Err(LayoutError { header: header.to_vec(), missing, ambiguous })
    }

    /// The columns of the rows of a database. They have no order, so one column must be the
    /// priority.
    pub(super) fn of_query(header: &[String]) -> Result<Self, LayoutError> {
        let columns = Self::of(header)?;
        if columns.places[PRIORITY].is_some() {
            return Ok(columns);
        }
        let (missing, ambiguous) = (vec![FIELDS[PRIORITY].0], Vec::new());
        Err(LayoutError { header: header.to_vec(), missing, ambiguous })
    }

    /// The rule in a row. `number` is the row's position from 0; it is the priority where the table
    /// has no such column.
    pub(super) fn rule(
        &self,
        kind: RuleKind,
        row: &[String],
        number: usize,
        span: Option<Span>,
    ) -> LocatedRule {
        let text = |field: usize| {
            let value = self.places[field].and_then(|at| row.get(at)).map_or("", String::as_str);
            without_formula(value.trim()).to_owned()
        };
        let priority = match self.places[PRIORITY] {
            Some(_) => Count::new(&text(PRIORITY)),
            None => Count::Number(i64::try_from(number).unwrap_or(i64::MAX)),
        };
        let rule = CucmRule {
            kind,
            name: text(0),
            description: text(1),
            begins_with: text(2),
            digits: Count::new(&text(3)),
            remove: Count::new(&text(4)),
            prefix: text(5),
            priority,
            uuid: Uuid::new(&text(7)),
        };
        LocatedRule { rule, span }
    }
}

/// The rules in rows of `executeSQLQuery`.
///
/// # Errors
///
/// The columns are not those of dial rules.
pub fn rules_of_rows(kind: RuleKind, rows: &[SqlRow]) -> Result<Vec<LocatedRule>, LayoutError> {
    let rules = rows.iter().enumerate().map(|(number, row)| {
        let header: Vec<_> = row.columns.iter().map(|(name, _)| name.clone()).collect();
        let values = row.columns.iter().map(|(_, value)| value.clone().unwrap_or_default());
        let values: Vec<_> = values.collect();
        Ok(Columns::of_query(&header)?.rule(kind, &values, number, None))
    });
    rules.collect()
}

/// A column's name in lower case, letters and digits only.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// The text of `="00123"`, the form by which Excel keeps a number as text.
fn without_formula(value: &str) -> &str {
    value.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)
}
