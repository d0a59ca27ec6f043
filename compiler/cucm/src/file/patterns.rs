//! Route patterns from a table in CSV, or from the text of `run sql`.

use super::csv_table;
use super::decode::decode;
use super::transcript;
use super::{FILE_BYTES, ROW_LIMIT};

/// The fields of a pattern with the names of their columns, in lower case and without everything
/// but letters and digits: names of AXL, of the database, and labels of the page.
const FIELDS: [(&str, &[&str]); 7] = [
    ("pattern", &["pattern", "dnorpattern", "routepattern", "translationpattern"]),
    ("partition", &["partition", "routepartition", "routepartitionname", "partitionname"]),
    ("usage", &["tkpatternusage", "patternusage", "usage"]),
    ("block", &["blockenable", "block", "blockthispattern"]),
    (
        "authorization code",
        &["authorizationcoderequired", "requireforcedauthorizationcode", "facrequired"],
    ),
    ("client code", &["clientcoderequired", "requireclientmattercode", "cmcrequired"]),
    (
        "emergency",
        &["isemergencyservicenumber", "emergencyservicesnumber", "isanemergencyservicesnumber"],
    ),
];

/// Index in [`FIELDS`] of the pattern, the only field that must be there.
const PATTERN: usize = 0;

/// Index in [`FIELDS`] of the usage.
const USAGE: usize = 2;

/// Patterns from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatternFile {
    /// The patterns, in the order of the file.
    pub patterns: Vec<ExportedPattern>,
    /// Whether a column says which patterns are emergency numbers.
    pub has_emergency_flags: bool,
}

/// A pattern from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedPattern {
    /// The pattern, such as `9.@`.
    pub pattern: String,
    /// The partition; empty for none, or without a column.
    pub partition: String,
    /// What the pattern belongs to.
    pub usage: ExportedUsage,
    /// Whether calls are blocked.
    pub is_blocked: bool,
    /// Whether a call needs a forced authorization code.
    pub needs_authorization_code: bool,
    /// Whether a call needs a client matter code.
    pub needs_client_code: bool,
    /// Whether the pattern is flagged as an emergency number.
    pub is_emergency: bool,
}

/// What a pattern belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportedUsage {
    /// A route pattern; so is every pattern of a file without usages.
    Route,
    /// A translation pattern.
    Translation,
    /// Something else that takes calls, such as a directory number.
    Other,
}

/// Why a file has no patterns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternFileError {
    /// The file is larger than any export.
    #[error("the file has {bytes} bytes; the limit is {FILE_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The file has more rows than any cluster has patterns.
    #[error("the table has more than {ROW_LIMIT} rows")]
    TooManyRows,
    /// The file has no table with a column for patterns.
    #[error("no column holds patterns; the columns are {}", quoted(columns))]
    Layout {
        /// The columns of the last table; none if the file has no table.
        columns: Vec<String>,
    },
    /// A row does not fit its header.
    #[error("row {row} does not fit the columns of its table")]
    Row {
        /// The row, counted from 1 after the header.
        row: usize,
    },
    /// A cell is neither yes nor no.
    #[error("row {row}: `{}` in the column `{field}` is neither `t` nor `f`", value.escape_debug())]
    Value {
        /// The row, counted from 1 after the header.
        row: usize,
        /// The field.
        field: &'static str,
        /// The cell, shortened.
        value: String,
    },
}

fn quoted(columns: &[String]) -> String {
    let shown: Vec<String> = columns
        .iter()
        .take(20)
        .map(|name| name.chars().take(40).collect::<String>())
        .map(|name| format!("`{}`", name.escape_debug()))
        .collect();
    if shown.is_empty() { "not there".to_owned() } else { shown.join(", ") }
}

/// Reads route and translation patterns from a table in CSV, or from the text of `run sql`.
///
/// A column with the code of `typepatternusage` tells translation patterns (3) and route patterns
/// (5) from others. Cells for yes and no are `t` and `f`, `true` and `false`, or `1` and `0`; an
/// empty one is no.
///
/// ```
/// use adr_cucm::file::{ExportedUsage, read_patterns};
///
/// let text = "pattern partition tkpatternusage blockenable\n\
///             ======= ========= ============== ===========\n\
///             9.@     PSTN      5              f\n";
/// let file = read_patterns(text.as_bytes())?;
/// assert_eq!((&*file.patterns[0].pattern, file.patterns[0].usage), ("9.@", ExportedUsage::Route));
/// assert!(!file.has_emergency_flags);
/// # Ok::<(), adr_cucm::file::PatternFileError>(())
/// ```
///
/// # Errors
///
/// See [`PatternFileError`]. The result is the whole list or an error, never a part.
pub fn read_patterns(bytes: &[u8]) -> Result<PatternFile, PatternFileError> {
    if bytes.len() > FILE_BYTES {
        return Err(PatternFileError::TooLarge { bytes: bytes.len() });
    }
    let text = decode(bytes).text;
    if !transcript::is_transcript(&text) {
        let mut rows = csv_table::rows(&text);
        let header = rows.next().unwrap_or_default();
        let places = places(&header);
        if places[PATTERN].is_none() {
            return Err(PatternFileError::Layout { columns: header });
        }
        return read_table(&header, &places, rows.map(Some), ROW_LIMIT);
    }
    let mut file: Option<PatternFile> = None;
    let mut columns = Vec::new();
    for result in transcript::results(&text) {
        let places = places(&result.header);
        if places[PATTERN].is_none() {
            columns = result.header;
            continue;
        }
        let file = file.get_or_insert_with(|| PatternFile {
            has_emergency_flags: true,
            ..PatternFile::default()
        });
        let room = ROW_LIMIT - file.patterns.len();
        let part = read_table(&result.header, &places, result.rows(), room)?;
        file.has_emergency_flags &= part.has_emergency_flags;
        file.patterns.extend(part.patterns);
    }
    file.ok_or(PatternFileError::Layout { columns })
}

/// The column of each of [`FIELDS`].
type Places = [Option<usize>; FIELDS.len()];

fn places(header: &[String]) -> Places {
    let plain = |name: &String| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let names: Vec<String> = header.iter().map(plain).collect();
    FIELDS.map(|(_, synonyms)| names.iter().position(|name| synonyms.contains(&name.as_str())))
}

/// Reads a table of at most `room` rows.
fn read_table(
    header: &[String],
    places: &Places,
    rows: impl Iterator<Item = Option<Vec<String>>>,
    room: usize,
) -> Result<PatternFile, PatternFileError> {
    let mut patterns = Vec::new();
    for (row, cells) in (1..).zip(rows) {
        if row > room {
            return Err(PatternFileError::TooManyRows);
        }
        let cells = cells.filter(|cells| cells.len() == header.len());
        let cells = cells.ok_or(PatternFileError::Row { row })?;
        let text = |field: usize| places[field].map_or("", |at| cells[at].trim());
        let flag = |field: usize| match text(field).to_ascii_lowercase().as_str() {
            "t" | "true" | "1" | "yes" => Ok(true),
            "f" | "false" | "0" | "no" | "" => Ok(false),
            other => Err(PatternFileError::Value {
                row,
                field: FIELDS[field].0,
                value: other.chars().take(40).collect(),
            }),
        };
        patterns.push(ExportedPattern {
            pattern: text(PATTERN).to_owned(),
            partition: text(1).to_owned(),
            usage: match (places[USAGE], text(USAGE)) {
                (None, _) | (_, "5") => ExportedUsage::Route,
                (_, "3") => ExportedUsage::Translation,
                _ => ExportedUsage::Other,
            },
            is_blocked: flag(3)?,
            needs_authorization_code: flag(4)?,
            needs_client_code: flag(5)?,
            is_emergency: flag(6)?,
        });
    }
    Ok(PatternFile { patterns, has_emergency_flags: places[6].is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_in_csv_is_read() {
        let text = "Pattern;Partition;Block Enable;Authorization Code Required;Usage\n\
                    9.900!;PSTN;t;f;5\n\\+.!;;f;TRUE;3\n4000;Phones;;;2\n";
        let file = read_patterns(text.as_bytes()).unwrap();
        let read: Vec<_> = file
            .patterns
            .iter()
            .map(|one| (&*one.pattern, one.usage, one.is_blocked, one.needs_authorization_code))
            .collect();
        let expected = [
            ("9.900!", ExportedUsage::Route, true, false),
            ("\\+.!", ExportedUsage::Translation, false, true),
            ("4000", ExportedUsage::Other, false, false),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn file_without_patterns_is_rejected_with_the_reason() {
        let error = |text: &str| read_patterns(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error("a;b\n1;2\n"), "no column holds patterns; the columns are `a`, `b`");
        assert_eq!(error(""), "no column holds patterns; the columns are not there");
        assert_eq!(error("pattern;x\n1\n"), "row 1 does not fit the columns of its table");
        let expected = "row 1: `maybe` in the column `block` is neither `t` nor `f`";
        assert_eq!(error("pattern;block\n1;maybe\n"), expected);
        let rows = format!("pattern\n{}", "1\n".repeat(ROW_LIMIT + 1));
        assert_eq!(error(&rows), "the table has more than 100000 rows");
    }

    #[test]
    fn results_of_several_queries_are_joined() {
        let text = "admin:run sql select dnorpattern from numplan\ndnorpattern\n===========\n\
                    9.@\n\nadmin:run sql select pattern\npattern partition\n======= =========\n\
                    0       NULL\n\n";
        let file = read_patterns(text.as_bytes()).unwrap();
        let read: Vec<_> =
            file.patterns.iter().map(|one| (&*one.pattern, &*one.partition)).collect();
        assert_eq!(read, [("9.@", ""), ("0", "")]);
    }
}
