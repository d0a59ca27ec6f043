//! `listRoutePattern` and `listTransPattern`: patterns with their emergency flags.

use super::page::Page;
use super::{AxlOperation, records};
use crate::answer_error::AnswerError;
use crate::rule::Uuid;
use crate::soap;
use crate::version::SchemaVersion;
use crate::xml::{Body, Element};

/// Which fields of patterns to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternTags {
    /// Pattern, description, partition, `blockEnable` and the emergency flag.
    Flags,
    /// These, and everything that changes the dialed number or that a call needs.
    Routing,
}

/// Asks for route patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListRoutePattern {
    /// The fields.
    pub tags: PatternTags,
    /// A part of the list; `None` for the whole list.
    pub page: Option<Page>,
}

/// Asks for translation patterns. They have no fields about codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListTransPattern {
    /// The fields.
    pub tags: PatternTags,
    /// A part of the list; `None` for the whole list.
    pub page: Option<Page>,
}

/// A route or translation pattern. Fields that were not asked for, or that CUCM leaves empty, are
/// empty or `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoutingPattern {
    /// The key.
    pub uuid: Option<Uuid>,
    /// The pattern, such as `9.911` or `\+.!`.
    pub pattern: String,
    /// Description.
    pub description: String,
    /// The partition; empty for none.
    pub partition: String,
    /// Whether calls to the pattern are blocked.
    pub is_blocked: Option<bool>,
    /// Called party transformation mask.
    pub mask: String,
    /// Digit discard instruction, such as `PreDot`.
    pub discard: String,
    /// Prefix digits for outgoing calls.
    pub prefix: String,
    /// MLPP precedence, such as `Flash Override`.
    pub precedence: String,
    /// Whether a call needs a forced authorization code; route patterns only.
    pub needs_authorization_code: Option<bool>,
    /// The lowest authorization level; route patterns only.
    pub authorization_level: Option<u32>,
    /// Whether a call needs a client matter code; route patterns only.
    pub needs_client_code: Option<bool>,
    /// `isEmergencyServiceNumber`. `None` means "not known", which it is before schema 11.0.
    pub is_emergency: Option<bool>,
}

impl AxlOperation for ListRoutePattern {
    type Answer = Vec<RoutingPattern>;

    fn name(&self) -> String {
        "listRoutePattern".to_owned()
    }

    fn write(&self, version: SchemaVersion, body: &mut Body) {
        write(version, body, self.tags, self.page, true);
    }

    fn read(&self, response: Element<'_>) -> Result<Vec<RoutingPattern>, AnswerError> {
        records(response, "routePattern")?.map(read_pattern).collect()
    }
}

impl AxlOperation for ListTransPattern {
    type Answer = Vec<RoutingPattern>;

    fn name(&self) -> String {
        "listTransPattern".to_owned()
    }

    fn write(&self, version: SchemaVersion, body: &mut Body) {
        write(version, body, self.tags, self.page, false);
    }

    fn read(&self, response: Element<'_>) -> Result<Vec<RoutingPattern>, AnswerError> {
        records(response, "transPattern")?.map(read_pattern).collect()
    }
}

fn write(
    version: SchemaVersion,
    body: &mut Body,
    tags: PatternTags,
    page: Option<Page>,
    has_codes: bool,
) {
    body.nested("searchCriteria", |body| body.text("pattern", "%"));
    body.nested("returnedTags", |body| {
        for tag in ["pattern", "description", "routePartitionName"] {
            body.text(tag, "");
        }
        body.text("blockEnable", "f");
        if tags == PatternTags::Routing {
            body.text("calledPartyTransformationMask", "");
            body.text("digitDiscardInstructionName", "");
            body.text("prefixDigitsOut", "");
            body.text("patternPrecedence", "");
            if has_codes {
                body.text("authorizationCodeRequired", "f");
                body.text("authorizationLevelRequired", "");
                body.text("clientCodeRequired", "f");
            }
        }
        if version.has_emergency_flag() {
            body.text("isEmergencyServiceNumber", "f");
        }
    });
    if let Some(page) = page {
        page.write(body);
    }
}

fn read_pattern(record: Element<'_>) -> Result<RoutingPattern, AnswerError> {
    let text = |name: &str| record.text_of(name).to_owned();
    Ok(RoutingPattern {
        uuid: record.attribute("uuid").and_then(Uuid::new),
        pattern: record.word_of("pattern").ok_or_else(|| soap::missing("pattern"))?.to_owned(),
        description: text("description"),
        partition: text("routePartitionName"),
        is_blocked: record.flag_of("blockEnable"),
        mask: text("calledPartyTransformationMask"),
        discard: text("digitDiscardInstructionName"),
        prefix: text("prefixDigitsOut"),
        precedence: text("patternPrecedence"),
        needs_authorization_code: record.flag_of("authorizationCodeRequired"),
        authorization_level: record.number_of("authorizationLevelRequired"),
        needs_client_code: record.flag_of("clientCodeRequired"),
        is_emergency: record.flag_of("isEmergencyServiceNumber"),
    })
}
