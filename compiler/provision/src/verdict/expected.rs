//! What a profile wants a PC to have.

use std::collections::{HashMap, HashSet};

use adr_diagnostic::Sources;

use crate::jabber::{Jabber, Mode};
use crate::key::Key;
use crate::observed::{Content, Parameter};
use crate::output::files;
use crate::profile::Target;
use crate::read::read_client_file;

/// The name of Jabber's bootstrap file.
const BOOTSTRAP_FILE: &str = "jabber-bootstrap.properties";

/// The name of Jabber's configuration file.
const CONFIGURATION_FILE: &str = "jabber-config.xml";

/// What a target of a profile wants a PC to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// The keys that have the values.
    pub(super) keys: Vec<Key>,
    /// Names and texts of the values of a key.
    pub(super) values: Vec<(String, String)>,
    /// The command line that starts the client core at logon.
    pub(super) core: Option<String>,
    /// The lines of the bootstrap file.
    pub(super) bootstrap: Vec<(String, String)>,
    /// The parameters of the configuration file.
    pub(super) configuration: Vec<(String, String)>,
    /// The texts that a client shall have, by the name in lower case.
    texts: HashMap<String, HashSet<String>>,
    /// Whether the installer removes an old bootstrap file.
    pub(super) clears: bool,
    /// Whether Jabber is installed as a phone only.
    pub(super) is_phone_mode: bool,
}

impl Expected {
    /// What a target wants. Jabber's files are those that adrc writes.
    #[must_use]
    pub fn of(target: &Target) -> Self {
        let values = target.settings().iter();
        let values = values.map(|(name, text)| (name.to_string(), text.as_str().to_owned()));
        let values: Vec<_> = values.collect();
        let core = target.core().map(|core| core.command().as_str().to_owned());
        let jabber = target.jabber();
        let bootstrap = written(target, BOOTSTRAP_FILE);
        let configuration = written(target, CONFIGURATION_FILE);
        let mut texts: HashMap<String, HashSet<String>> = HashMap::new();
        for (name, text) in [&values, &bootstrap, &configuration].into_iter().flatten() {
            texts.entry(name.to_lowercase()).or_default().insert(text.clone());
        }
        Self {
            keys: target.keys().to_vec(),
            values,
            core,
            bootstrap,
            configuration,
            texts,
            clears: jabber.is_none_or(Jabber::clears),
            is_phone_mode: jabber.is_some_and(|jabber| jabber.mode == Some(Mode::Phone)),
        }
    }

    /// Whether a client shall have exactly this text.
    pub(super) fn wants(&self, name: &str, text: &str) -> bool {
        self.texts.get(&name.to_lowercase()).is_some_and(|texts| texts.contains(text))
    }
}

/// The parameters of a file that adrc writes for a target.
fn written(target: &Target, file: &str) -> Vec<(String, String)> {
    let output = files(target);
    let file = output.files.iter().find(|it| it.path.rsplit('/').next() == Some(file));
    let read = file.map(|it| read_client_file(&it.path, &it.bytes, &mut Sources::new()));
    let parameters = match read.and_then(|read| read.content) {
        Some(Content::Bootstrap(parameters) | Content::Configuration { parameters, .. }) => {
            parameters
        }
        Some(Content::Registry(_)) | None => Vec::new(),
    };
    let pair = |it: Parameter| it.value.map(|value| (it.name, value));
    parameters.into_iter().filter_map(pair).collect()
}
