//! A plan: what is to be published on top of what, written down so that it can be looked at before
//! it is done.

use adr_language::Artifacts;
use serde::{Deserialize, Serialize};

use crate::publish::{Base, content_sha256};

/// The version of a plan's form.
const FORMAT_VERSION: u32 = 1;

/// What somebody looked at. Applying it publishes exactly this, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    format_version: u32,
    /// Version of the adrc that made it.
    pub tool: String,
    /// The rule sources, as they were named.
    pub sources: Vec<String>,
    /// The published folder, as it was named.
    pub folder: String,
    /// What was current there; `None` where nothing was published.
    pub base: Option<Base>,
    /// SHA-256 of everything that is to be published.
    pub content: String,
}

impl Plan {
    /// A plan to publish `artefacts`, made of `sources`, into `folder` on top of `base`.
    #[must_use]
    pub fn new(
        sources: &[String],
        folder: &str,
        base: Option<Base>,
        artefacts: &Artifacts,
    ) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            sources: sources.to_vec(),
            folder: folder.to_owned(),
            base,
            content: content_sha256(artefacts),
        }
    }

    /// The JSON text, with a final line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a plan's text.
    ///
    /// # Errors
    ///
    /// It is not JSON of this form or of another version; a phrase that says which.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let plan: Self =
            serde_json::from_slice(text).map_err(|error| format!("not a plan: {error}"))?;
        match plan.format_version {
            FORMAT_VERSION => Ok(plan),
            other => Err(format!(
                "not a plan: format version {other}, and this adrc reads {FORMAT_VERSION}"
            )),
        }
    }

    /// Whether `artefacts` are what was planned.
    #[must_use]
    pub fn is_of(&self, artefacts: &Artifacts) -> bool {
        self.content == content_sha256(artefacts)
    }
}
