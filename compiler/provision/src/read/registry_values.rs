//! Values of a registry as a program got them from the system, without a file.

use adr_diagnostic::{Report, SourceId, Sources, visible};

use super::{ClientFile, MAX_VALUES, span};
use crate::finding::CLIENT_FILE_TOO_LARGE;
use crate::observed::{Change, Content, Hive, RegistryChange};
use crate::registry_data::RegistryData;

/// A key, and one of its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawValue {
    /// The part of the registry.
    pub hive: Hive,
    /// The key below it.
    pub key: String,
    /// Name, number of the type and bytes of a value; `None` for a key without values.
    pub value: Option<(String, u32, Vec<u8>)>,
}

/// What a registry holds. A listing of it is added to `sources` under `name`, so that findings have
/// a place.
#[must_use]
pub fn read_registry(name: &str, values: &[RawValue], sources: &mut Sources) -> ClientFile {
    let mut listing = Listing::default();
    for RawValue { hive, key, value } in values {
        let change = match value {
            None => Change::Create,
            Some((name, kind, bytes)) => Change::Set {
                name: name.clone(),
                data: RegistryData::of_bytes(*kind, bytes),
                only_if_absent: false,
            },
        };
        listing.add(hive, key, change);
    }
    listing.finish(name, sources)
}

/// A text with a line for each change, which stands for a source that is not text.
#[derive(Debug, Default)]
pub(super) struct Listing {
    text: String,
    /// Changes with the bytes of their lines.
    changes: Vec<(Hive, String, Change, (usize, usize))>,
}

impl Listing {
    /// Adds a change and its line; returns the bytes of the line.
    pub(super) fn add(&mut self, hive: &Hive, key: &str, change: Change) -> (usize, usize) {
        let line = match &change {
            Change::Create => String::new(),
            Change::Remove => "remove the key".to_owned(),
            Change::Clear => "remove all values".to_owned(),
            Change::Set { name, data, .. } => {
                format!("{} = {} {data}", visible(name), data.type_name())
            }
            Change::Unset { name } => format!("remove {}", visible(name)),
        };
        let place = self.line(&format!("[{}\\{}] {line}", visible(&hive.name()), visible(key)));
        self.changes.push((hive.clone(), key.to_owned(), change, place));
        place
    }

    /// Adds a line without a change; returns its bytes.
    pub(super) fn line(&mut self, line: &str) -> (usize, usize) {
        let start = self.text.len();
        self.text.push_str(line.trim_end());
        let end = self.text.len();
        self.text.push('\n');
        (start, end)
    }

    /// How many changes there are.
    pub(super) fn len(&self) -> usize {
        self.changes.len()
    }

    /// Adds the text to the sources, and makes the file of it.
    pub(super) fn finish(self, name: &str, sources: &mut Sources) -> ClientFile {
        let source = sources.add(name, self.text);
        let report = too_many(self.changes.len(), source);
        let changes = self.changes.into_iter().take(MAX_VALUES);
        let changes = changes.map(|(hive, key, change, (start, end))| RegistryChange {
            hive,
            key,
            change,
            span: span(source, start, end),
        });
        let content = Some(Content::Registry(changes.collect()));
        ClientFile { name: name.to_owned(), content, report }
    }
}

fn too_many(count: usize, source: SourceId) -> Report {
    let message = format!("there are {count} keys and values of the client; limit {MAX_VALUES}");
    let found =
        (count > MAX_VALUES).then(|| CLIENT_FILE_TOO_LARGE.found(message).at(span(source, 0, 0)));
    found.into_iter().collect()
}
