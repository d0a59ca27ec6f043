//! Change plans: what `adrc plan` writes for review and `adrc apply` publishes.

use adr_language::Artifacts;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::publish::{Base, content_sha256};

/// The format version of the change plans that are written and read.
const FORMAT_VERSION: u32 = 1;

/// A reviewed change of a published folder. Applying it publishes exactly this content on top of
/// exactly this base, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePlan {
    format_version: u32,
    /// Version of the adrc that wrote it.
    pub tool: String,
    /// Paths of the rule sources, as given on the command line.
    pub sources: Vec<String>,
    /// The published folder, as given on the command line.
    pub folder: String,
    /// The generation that was current there; `None` if nothing was published.
    pub base: Option<Base>,
    /// SHA-256 of the content to publish, see [`content_sha256`].
    pub content: String,
}

/// Why a text is not a change plan.
#[derive(Debug, Error)]
pub enum ChangePlanError {
    /// It is not JSON, or fields are missing or have other types.
    #[error("not a change plan: {0}")]
    Malformed(#[source] serde_json::Error),
    /// Another version of adrc wrote it.
    #[error("not a change plan: format version {0}, and this adrc reads {FORMAT_VERSION}")]
    UnsupportedVersion(u32),
}

impl ChangePlan {
    /// A plan to publish `artifacts`, compiled from `sources`, into `folder` on top of `base`.
    #[must_use]
    pub fn new(
        sources: &[String],
        folder: &str,
        base: Option<Base>,
        artifacts: &Artifacts,
    ) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            sources: sources.to_vec(),
            folder: folder.to_owned(),
            base,
            content: content_sha256(artifacts),
        }
    }

    /// The JSON text, with a final line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Parses the JSON text of a change plan.
    ///
    /// # Errors
    ///
    /// See [`ChangePlanError`].
    pub fn parse(text: &[u8]) -> Result<Self, ChangePlanError> {
        let plan: Self = serde_json::from_slice(text).map_err(ChangePlanError::Malformed)?;
        match plan.format_version {
            FORMAT_VERSION => Ok(plan),
            other => Err(ChangePlanError::UnsupportedVersion(other)),
        }
    }

    /// Whether `artifacts` are the content of this plan.
    #[must_use]
    pub fn matches(&self, artifacts: &Artifacts) -> bool {
        self.content == content_sha256(artifacts)
    }
}
