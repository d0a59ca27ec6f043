//! A rule source of a watch that is not a file.

use std::sync::Arc;

use adr_language::{EntryFile, Parsed, ReadError, load};

use crate::sources::{InputError, Overlay, plan_entries};

/// What a watch reads: files, and perhaps one rule source that is not a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Files and folders as users name them.
    pub paths: Vec<String>,
    /// The name of a rule source whose text comes from [`SourceWatch::set_text`], such as
    /// `cucm://hq`. The watch reports nothing before the first text.
    ///
    /// [`SourceWatch::set_text`]: super::SourceWatch::set_text
    pub extra: Option<String>,
}

impl Watched {
    /// Reads all sources once; `text` is the one of the extra source.
    ///
    /// # Errors
    ///
    /// The paths cannot be used, or the extra source has no text.
    pub fn read(&self, text: Option<ExtraText>) -> Result<Parsed, InputError> {
        let mut world = Overlay::default();
        let mut entries = plan_entries(&self.paths)?;
        if let Some(name) = self.extra.clone() {
            entries.push(ExtraSource { name, text }.entry(&mut world)?);
        }
        Ok(load(&world, &entries))
    }
}

impl From<Vec<String>> for Watched {
    fn from(paths: Vec<String>) -> Self {
        Self { paths, extra: None }
    }
}

/// The text of a rule source that is not a file, or why there is none.
pub type ExtraText = Result<Arc<str>, ReadError>;

/// A rule source that is not a file.
#[derive(Clone, Debug)]
pub(super) struct ExtraSource {
    pub(super) name: String,
    /// `None` before the first text.
    pub(super) text: Option<ExtraText>,
}

impl ExtraSource {
    /// Adds the text to the world from which the dial plan is loaded.
    pub(super) fn entry(&self, world: &mut Overlay) -> Result<EntryFile, InputError> {
        let text = self.text.clone().unwrap_or_else(|| {
            Err(ReadError { reason: "nothing was read yet".to_owned(), help: String::new() })
        });
        let text = text.map_err(|error| InputError::Extra { name: self.name.clone(), error })?;
        world.insert(&*self.name, &*text);
        Ok(EntryFile { path: self.name.clone(), root: String::new() })
    }
}
