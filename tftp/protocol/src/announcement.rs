//! The event that announces a state, with or without the files of its generation.

use std::collections::BTreeMap;

use adr_bundle::{ListKind, Manifest, SIGNATURE_FILE_NAME};
use serde::{Deserialize, Serialize};

use crate::state::State;

/// Names of the files that a core fetches: the manifest, its signature, and the files of rules.
pub const CORE_FILES: [&str; 4] = [
    Manifest::FILE_NAME,
    SIGNATURE_FILE_NAME,
    ListKind::Application.path(),
    ListKind::Lookup.path(),
];

/// Largest event in bytes that a core accepts.
pub const EVENT_BYTES: usize = 64 * 1024;

/// A state as an event carries it. It includes the files of the generation if they are small and
/// all cores would fetch them at the same moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The current generation.
    #[serde(flatten)]
    pub state: State,
    /// Files by the names under which the client could fetch them: either none, or all existing
    /// ones of [`CORE_FILES`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

impl Announcement {
    /// The server-sent event, with its final empty line.
    ///
    /// ```
    /// use adr_protocol::{Announcement, State};
    ///
    /// let state = State { generation: 7, sha256: "5d0c".into(), window: 0 };
    /// let mut announcement = Announcement::from(state);
    /// assert_eq!(
    ///     announcement.to_event(),
    ///     "id: 7\nevent: state\ndata: {\"generation\":7,\"sha256\":\"5d0c\",\"window\":0}\n\n"
    /// );
    /// announcement.files.insert("manifest.json".into(), "{}\n".into());
    /// assert!(announcement.to_event().ends_with(",\"files\":{\"manifest.json\":\"{}\\n\"}}\n\n"));
    /// ```
    #[must_use]
    pub fn to_event(&self) -> String {
        let generation = self.state.generation;
        let data = serde_json::to_string(self).unwrap_or_default();
        format!("id: {generation}\nevent: state\ndata: {data}\n\n")
    }
}

impl From<State> for Announcement {
    /// An announcement without files.
    fn from(state: State) -> Self {
        Self { state, files: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(generation: u64, window: u64) -> State {
        State { generation, sha256: "ab".into(), window }
    }

    #[test]
    fn files_survive_an_event_byte_for_byte() {
        let file = "<a b=\"c\">\u{feff}\u{2028}\\ä\0\r\n</a>\n";
        let announcement = Announcement {
            state: state(7, 0),
            files: BTreeMap::from([(ListKind::Application.path().to_owned(), file.to_owned())]),
        };
        let event = announcement.to_event();
        let data = event.split('\n').nth(2).unwrap();
        let read: Announcement = serde_json::from_str(&data["data: ".len()..]).unwrap();
        assert_eq!(read, announcement);
        let before = r#"{"generation":7,"sha256":"ab","window":0}"#;
        let read: Announcement = serde_json::from_str(before).unwrap();
        assert_eq!(read, Announcement::from(state(7, 0)));
    }
}
