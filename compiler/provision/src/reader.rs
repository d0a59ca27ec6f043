//! Reads tables of TOML with the places of their values.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;

use adr_diagnostic::{Diagnostic, Report, SourceId, Span, visible};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::finding::{
    DUPLICATE_SETTING, INVALID_PROFILE, INVALID_PROFILE_VALUE, UNKNOWN_PROFILE_KEY,
};
use crate::setting::SettingName;

/// Most names, values or sites of a profile. Each site has its own copy of all values.
const MAX_ENTRIES: usize = 1_000;

/// Collects the findings about one text.
pub(crate) struct Reader {
    source: SourceId,
    report: Report,
}

/// A table and where it is.
#[derive(Clone)]
pub(crate) struct Table<'t> {
    /// Its keys, joined by dots and followed by one; empty for the file.
    path: String,
    table: &'t DeTable<'t>,
}

/// A value and where it is.
pub(crate) struct Entry<'t> {
    /// The keys that lead to it, joined by dots.
    path: String,
    key: &'t str,
    key_span: Range<usize>,
    value: &'t Spanned<DeValue<'t>>,
}

impl Reader {
    /// A reader without findings.
    pub(crate) fn new(source: SourceId) -> Self {
        Self { source, report: Report::new() }
    }

    /// Parses a file. `None` if it is not TOML, which is reported.
    pub(crate) fn parse<'t>(&mut self, text: &'t str) -> Option<Spanned<DeTable<'t>>> {
        match DeTable::parse(text) {
            Ok(file) => Some(file),
            Err(error) => {
                let span = error.span().unwrap_or_default();
                let message = visible(error.message()).into_owned();
                let found = INVALID_PROFILE.found(message).at(self.span(within(text, span)));
                let help =
                    "write it as TOML: texts in quotes, and paths of Windows in single quotes";
                self.report.push(found.with_help(help));
                None
            }
        }
    }

    /// The table of a whole file. Keys that are not `known` are reported.
    pub(crate) fn table_of<'t>(
        &mut self,
        file: &'t Spanned<DeTable<'t>>,
        known: &[&str],
    ) -> Table<'t> {
        let table = Table { path: String::new(), table: file.get_ref() };
        self.report_unknown(&table, known);
        table
    }

    /// Adds a finding.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.report.push(diagnostic);
    }

    /// Whether a finding is an error.
    pub(crate) fn has_errors(&self) -> bool {
        self.report.has_errors()
    }

    /// The findings, sorted by their places.
    pub(crate) fn into_report(mut self) -> Report {
        self.report.sort();
        self.report
    }

    /// The name of a setting that is the key of an entry; `None` if it is not a name, or equal to
    /// one that was `seen` before, which is reported.
    pub(crate) fn setting_name(
        &mut self,
        entry: &Entry<'_>,
        seen: &mut BTreeMap<SettingName, Span>,
    ) -> Option<SettingName> {
        let name = match SettingName::new(entry.key) {
            Ok(name) => name,
            Err(error) => {
                let message = format!("`{}` is not a name: {error}", visible(entry.key));
                let found = INVALID_PROFILE_VALUE.found(message).at(entry.key_span(self));
                let help = "write the name as the client's documentation does, without its key";
                self.push(found.with_help(help));
                return None;
            }
        };
        let span = entry.key_span(self);
        if let Some(first) = seen.get(&name) {
            let message = format!(
                "`{}` is set twice: names are equal without regard to case",
                visible(entry.key)
            );
            let found = DUPLICATE_SETTING.found(message).at(span).at(*first);
            self.push(found.with_label("the first time").with_help("remove one of them"));
            return None;
        }
        seen.insert(name.clone(), span);
        Some(name)
    }

    fn report_unknown(&mut self, table: &Table<'_>, known: &[&str]) {
        for entry in table.entries().filter(|entry| !known.contains(&entry.key)) {
            let message = format!("`{}` is not a setting of a profile", visible(&entry.path));
            let help = format!("write one of {}", listed(known.iter()));
            let span = entry.key_span(self);
            self.push(UNKNOWN_PROFILE_KEY.found(message).at(span).with_help(help));
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        let at = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        Span::new(self.source, at(range.start), at(range.end))
    }
}

impl<'t> Table<'t> {
    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<Entry<'t>> {
        let (key, value) = self.table.get_key_value(key)?;
        Some(self.entry(key, value))
    }

    /// All values, sorted by their keys.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry<'t>> {
        self.table.iter().map(|(key, value)| self.entry(key, value))
    }

    /// The table of a key; `None` if there is none. Its mistakes are reported where it is read.
    pub(crate) fn sub_table(&self, key: &str) -> Option<Table<'t>> {
        let entry = self.get(key)?;
        let table = entry.value.get_ref().as_table()?;
        Some(Table { path: format!("{}.", entry.path), table })
    }

    fn entry(
        &self,
        key: &'t Spanned<std::borrow::Cow<'t, str>>,
        value: &'t Spanned<DeValue<'t>>,
    ) -> Entry<'t> {
        let path = format!("{}{}", self.path, key.get_ref());
        Entry { path, key: key.get_ref(), key_span: key.span(), value }
    }
}

impl<'t> Entry<'t> {
    /// The last key of its path, or the one of the list that it is in.
    pub(crate) fn key(&self) -> &'t str {
        self.key
    }

    /// Where the key is.
    pub(crate) fn key_span(&self, reader: &Reader) -> Span {
        reader.span(self.key_span.clone())
    }

    /// Where the value is.
    pub(crate) fn span(&self, reader: &Reader) -> Span {
        reader.span(self.value.span())
    }

    /// Whether it is a text.
    pub(crate) fn is_text(&self) -> bool {
        self.value.get_ref().is_str()
    }

    /// A text; something else is reported.
    pub(crate) fn text(&self, reader: &mut Reader) -> Option<&'t str> {
        let text = self.value.get_ref().as_str();
        if text.is_none() {
            self.report_type(reader, "a text in quotes");
        }
        text
    }

    /// A text that a check accepts. What the check returns otherwise is reported.
    pub(crate) fn checked<T, E: Display>(
        &self,
        reader: &mut Reader,
        check: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(reader)?;
        match check(text) {
            Ok(value) => Some(value),
            Err(reason) => {
                let message = format!("`{}`: {reason}", visible(&self.path));
                let span = self.span(reader);
                reader.push(INVALID_PROFILE_VALUE.found(message).at(span));
                None
            }
        }
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(&self, reader: &mut Reader, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(reader)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let given = shortened(text);
            let message = format!("`{}` is `{given}`, which is not known", visible(&self.path));
            let help = format!("write one of {}", listed(words.iter().map(|(word, _)| word)));
            let span = self.span(reader);
            reader.push(INVALID_PROFILE_VALUE.found(message).at(span).with_help(help));
        }
        found
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, reader: &mut Reader) -> Option<bool> {
        let flag = self.value.get_ref().as_bool();
        if flag.is_none() {
            self.report_type(reader, "`true` or `false`");
        }
        flag
    }

    /// A number from a range.
    pub(crate) fn number(
        &self,
        reader: &mut Reader,
        range: std::ops::RangeInclusive<u32>,
    ) -> Option<u32> {
        let number = self.value.get_ref().as_integer().and_then(|number| {
            let digits = number.as_str().replace('_', "");
            u32::from_str_radix(&digits, number.radix()).ok()
        });
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let expected = format!("a number from {} to {}", range.start(), range.end());
            self.report_type(reader, &expected);
        }
        number
    }

    /// The entries of a list.
    pub(crate) fn list(&self, reader: &mut Reader, expected: &str) -> Option<Vec<Self>> {
        let Some(list) = self.value.get_ref().as_array() else {
            self.report_type(reader, expected);
            return None;
        };
        let entry = |(at, value)| Self {
            path: format!("{}.{at}", self.path),
            key: self.key,
            key_span: self.key_span.clone(),
            value,
        };
        Some(list.iter().enumerate().map(entry).collect())
    }

    /// A table with known keys. Others are reported, and so is a value that is not a table.
    pub(crate) fn table(
        &self,
        reader: &mut Reader,
        known: &[&str],
        expected: &str,
    ) -> Option<Table<'t>> {
        let Some(table) = self.value.get_ref().as_table() else {
            self.report_type(reader, expected);
            return None;
        };
        let table = Table { path: format!("{}.", self.path), table };
        if !known.is_empty() {
            reader.report_unknown(&table, known);
        }
        Some(table)
    }

    /// A table of at most [`MAX_ENTRIES`] whose keys are names.
    pub(crate) fn open_table(&self, reader: &mut Reader) -> Option<Table<'t>> {
        let table = self.table(reader, &[], "a table")?;
        let entries = table.table.len();
        if entries > MAX_ENTRIES {
            let message = format!(
                "`{}` has {entries} entries, and at most {MAX_ENTRIES} are possible",
                visible(&self.path)
            );
            self.report(reader, message, "remove some of them, or write two profiles");
            return None;
        }
        Some(table)
    }

    /// Reports an invalid value, and what to do.
    pub(crate) fn report(&self, reader: &mut Reader, message: String, help: &str) {
        let span = self.span(reader);
        reader.push(INVALID_PROFILE_VALUE.found(message).at(span).with_help(help));
    }

    fn report_type(&self, reader: &mut Reader, expected: &str) {
        let message = format!("`{}` is {}", visible(&self.path), described(self.value.get_ref()));
        let span = self.span(reader);
        let found = INVALID_PROFILE_VALUE.found(message).at(span);
        reader.push(found.with_help(format!("write {expected}")));
    }
}

/// What a value is, in a message.
fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Boolean(flag) => format!("`{flag}`"),
        DeValue::Integer(number) => format!("`{}`", visible(&shortened(number.as_str()))),
        DeValue::String(_) => "a text".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
        DeValue::Float(_) => "a number with a fraction".to_owned(),
        DeValue::Datetime(_) => "a date or time".to_owned(),
    }
}

/// Most characters of a user's text in a message.
const SHOWN: usize = 80;

/// The beginning of a text, without invisible characters.
pub(crate) fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    visible(&shown).into_owned()
}

/// Words in backticks, separated by commas.
fn listed<'w>(words: impl Iterator<Item = &'w &'w str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// A range that lies in the text, on borders of characters.
fn within(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(range.start);
    let end = text.ceil_char_boundary(range.end.max(start));
    start..end.min(text.len())
}
