//! Reads the fixtures.

use std::fs;
use std::path::Path;

use adr_doctor::presence::{self, Observations};
use adr_doctor::{Area, Diagnosis, client, cucm, log, nodes};
use serde_json::Value;

/// Observations in a file, and what the doctor finds in them.
pub(crate) struct Fixture {
    /// The name of the file without its ending.
    pub(crate) name: String,
    pub(crate) area: Area,
    pub(crate) observations: Value,
    pub(crate) expected: Vec<String>,
}

impl Fixture {
    /// The cause that it shows.
    pub(crate) fn cause(&self) -> &str {
        self.name.split("--").next().unwrap_or_default()
    }

    /// What the doctor says about it.
    pub(crate) fn diagnosis(&self) -> Diagnosis {
        match self.area {
            Area::Presence => presence::diagnose(&self.read()),
            Area::Log => log::diagnose(&self.read()),
            Area::Client => client::diagnose(&self.read()),
            Area::Cucm => cucm::diagnose(&self.read()),
            Area::Nodes => nodes::diagnose(&self.read()),
        }
    }

    /// Its observations as a value.
    pub(crate) fn read<O: serde::de::DeserializeOwned>(&self) -> O {
        serde_json::from_value(self.observations.clone())
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// All fixtures of presence, as values.
pub(crate) fn presence_fixtures() -> Vec<(Fixture, Observations)> {
    let all = fixtures().into_iter().filter(|fixture| fixture.area == Area::Presence);
    all.map(|fixture| {
        let observations = fixture.read();
        (fixture, observations)
    })
    .collect()
}

/// All fixtures, sorted by their names.
#[allow(clippy::disallowed_methods, reason = "fixtures are files")]
pub(crate) fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/causes");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    assert!(!files.is_empty(), "no fixtures");
    files.iter().map(|path| fixture(path)).collect()
}

#[allow(clippy::disallowed_methods, reason = "fixtures are files")]
fn fixture(path: &Path) -> Fixture {
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let text = fs::read_to_string(path).unwrap();
    let mut value: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let area = match value["area"].as_str() {
        Some("presence") => Area::Presence,
        Some("log") => Area::Log,
        Some("client") => Area::Client,
        Some("cucm") => Area::Cucm,
        Some("nodes") => Area::Nodes,
        other => panic!("{name}: {other:?} is not an area"),
    };
    let expected = serde_json::from_value(value["expected"].take()).unwrap();
    Fixture { name, area, observations: value["observations"].take(), expected }
}
