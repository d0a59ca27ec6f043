//! Publishing from the command line: what several verbs have in common.

use std::path::Path;

use adr_language::{Artifacts, DialPlan};
use adr_watcher::publish::{KEEP, PublishError, Published, Publisher};
use clap::Args;

use crate::VERSION;
use crate::book::size;
use crate::clock::now;
use crate::console::Console;

/// Options of every verb that publishes.
#[derive(Debug, Args)]
pub(crate) struct Publishing {
    /// Generations that stay, the current one among them
    #[arg(long, value_name = "N", default_value_t = KEEP, value_parser = at_least_one)]
    keep: usize,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("the current generation always stays; write 1 or more".to_owned()),
        Ok(keep) => Ok(keep),
        Err(_) => Err("write a number".to_owned()),
    }
}

impl Publishing {
    /// Publishes into a folder, now.
    pub(crate) fn publisher<'p>(&self, folder: &'p Path) -> Publisher<'p> {
        Publisher::new(folder, VERSION, now()).keeping(self.keep)
    }
}

/// Publishes a book and says so.
pub(crate) fn publish(
    publisher: &Publisher<'_>,
    folder: &Path,
    (book, artefacts): (&DialPlan, &Artifacts),
    console: &Console,
) -> Result<Published, PublishError> {
    let read_back = || book.read_back(artefacts).map_err(|error| error.to_string());
    let published = publisher.publish(artefacts, read_back)?;
    let (folder, generation) = (folder.display(), published.generation);
    if published.changed {
        let size = size(book);
        console.message(format_args!("{folder}: published generation {generation}, {size}"));
    } else {
        console
            .message(format_args!("{folder}: generation {generation} is the same, nothing to do"));
    }
    Ok(published)
}
