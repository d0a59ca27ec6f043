//! `getCCMVersion`: the release of CUCM.

use super::{AxlOperation, returned};
use crate::answer_error::AnswerError;
use crate::soap;
use crate::version::SchemaVersion;
use crate::xml::{Body, Element};

/// Asks for the release of the publisher, such as `15.0.1.10000(32)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetCcmVersion;

impl AxlOperation for GetCcmVersion {
    type Answer = String;

    fn name(&self) -> String {
        "getCCMVersion".to_owned()
    }

    fn write(&self, _: SchemaVersion, _: &mut Body) {}

    fn read(&self, response: Element<'_>) -> Result<String, AnswerError> {
        let version = returned(response)?.child("componentVersion");
        let version = version.and_then(|component| component.word_of("version"));
        version.map(str::to_owned).ok_or_else(|| soap::missing("version"))
    }
}
