//! `adrc key`: creates keys that sign generations.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use adr_bundle::folder::phrase;
use adr_bundle::signature::{PublicKey, new_keys};
use adr_render::document::Document;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::console::Console;
use crate::failure::{Failure, Status};
use crate::format::TextOrJson;
use crate::platform::only_for_owner;

/// Arguments of `adrc key`.
#[derive(Debug, Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Create a pair of keys: FILE signs, FILE.pub verifies
    New {
        /// The secret key; the file must not exist
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// How the result is written
        #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
        format: TextOrJson,
    },
}

#[derive(Serialize)]
struct NewKey<'k> {
    /// The file of the secret key.
    file: String,
    public_file: String,
    /// The line that client cores pin.
    public_key: &'k str,
    id: String,
}

impl Key {
    pub(crate) fn run(self, console: &Console) -> Result<Status, Failure> {
        let Verb::New { file, format } = self.verb;
        let (secret, public) = new_keys().map_err(|error| Failure::new(error.to_string(), ""))?;
        let mut public_file = file.clone().into_os_string();
        public_file.push(".pub");
        // the secret key first: beside another secret key, a client core would require a public key
        // that verifies nothing
        write(&file, &secret, only_for_owner(&mut new_file()))?;
        write(Path::new(&public_file), &public, &new_file()).inspect_err(|_| remove(&file))?;
        console.message(format_args!("{}: keep it secret", file.display()));
        let public_key = public.lines().nth(1).unwrap_or_default();
        if format == TextOrJson::Text {
            console.line(public_key)?;
            return Ok(Status::Done);
        }
        let id = PublicKey::parse(&public).map(|key| key.id());
        console.document(&Document::of(NewKey {
            file: file.display().to_string(),
            public_file: Path::new(&public_file).display().to_string(),
            public_key,
            id: id.map_err(|error| Failure::new(error.to_string(), ""))?,
        }))?;
        Ok(Status::Done)
    }
}

/// How a file is opened that must not exist.
fn new_file() -> OpenOptions {
    OpenOptions::new().write(true).create_new(true).clone()
}

/// Creates a file, completely or not at all.
fn write(path: &Path, text: &str, options: &OpenOptions) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let help = "adrc does not overwrite files; choose another name";
        Failure::new(format!("{}: {}", path.display(), phrase(&error)), help)
    };
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .inspect_err(|_| remove(path))
        .map_err(failed)
}

/// Removes a file that was created a moment ago.
fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}
