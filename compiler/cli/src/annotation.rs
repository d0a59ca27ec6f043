//! `--message` and `--user`: who publishes, from which commit, and why.

use std::path::Path;

use adr_watcher::git::checked_out_commit;
use adr_watcher::publish::Annotation;
use clap::Args;

/// Most characters of a user's name.
const USER_CHARACTERS: usize = 100;

/// Options of commands that a person publishes with. `adrc history` shows them.
#[derive(Debug, Args)]
pub(crate) struct Annotating {
    /// Why this is published, in one line; `adrc history` shows it with user and git commit
    #[arg(short, long, value_name = "TEXT", value_parser = message)]
    message: Option<String>,
    /// Who publishes; by default the user of the operating system
    #[arg(long, value_name = "NAME", env = "ADRC_USER", hide_env_values = true, value_parser = user)]
    user: Option<String>,
}

fn message(text: &str) -> Result<String, String> {
    one_line(text, Annotation::MESSAGE_CHARACTERS)
}

fn user(text: &str) -> Result<String, String> {
    one_line(text, USER_CHARACTERS)
}

fn one_line(text: &str, limit: usize) -> Result<String, String> {
    let text = text.trim();
    let characters = text.chars().count();
    if text.is_empty() {
        return Err("the text is empty; write a few words".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err(
            "the text has a line break or another control character; write one line of text"
                .to_owned(),
        );
    }
    if characters > limit {
        return Err(format!("the text has {characters} characters; write at most {limit}"));
    }
    Ok(text.to_owned())
}

impl Annotating {
    /// The annotation of a rollback, whose content comes from an older generation.
    pub(crate) fn annotation(&self) -> Annotation {
        let user = self.user.clone().or_else(|| whoami::username().ok());
        Annotation { message: self.message.clone(), user, commit: None }
    }

    /// The annotation of content compiled from `sources`. The commit is that of the first one;
    /// standard input has none.
    pub(crate) fn annotation_of(&self, sources: &[String]) -> Annotation {
        let first = sources.first().filter(|first| *first != "-");
        let commit = first.and_then(|first| checked_out_commit(Path::new(first)));
        Annotation { commit, ..self.annotation() }
    }
}
