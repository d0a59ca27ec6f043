//! Lists of route patterns and of translation patterns.

use crate::listing::{self, Query};
use crate::patterns::Pattern;
use crate::soap::SoapFault;
use crate::state::State;
use crate::versions::version_number;
use crate::xml::{Element, wrap_or_empty};

/// First schema version with `isEmergencyServiceNumber`.
const WITH_EMERGENCY: (u32, u32) = (11, 0);

/// Tags of both kinds of patterns in the order of the answers.
const TAGS: [&str; 8] = [
    "pattern",
    "description",
    "routePartitionName",
    "blockEnable",
    "calledPartyTransformationMask",
    "digitDiscardInstructionName",
    "prefixDigitsOut",
    "patternPrecedence",
];

/// Tags that only route patterns have.
const CODES: [&str; 3] =
    ["authorizationCodeRequired", "authorizationLevelRequired", "clientCodeRequired"];

const EMERGENCY: &str = "isEmergencyServiceNumber";

/// Which patterns to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatternKind {
    Route,
    Translation,
}

/// `listRoutePattern` and `listTransPattern` in a schema version.
pub(crate) fn list(
    state: &State,
    kind: PatternKind,
    version: &str,
    request: &Element,
) -> Result<String, SoapFault> {
    let mut tags = TAGS.to_vec();
    if kind == PatternKind::Route {
        tags.extend(CODES);
    }
    let mut criteria = vec!["pattern", "description", "routePartitionName"];
    if version_number(version) >= WITH_EMERGENCY {
        tags.push(EMERGENCY);
        criteria.push(EMERGENCY);
    }
    let query = Query::read(request, &criteria, &tags)?;
    let (name, patterns) = match kind {
        PatternKind::Route => ("routePattern", &state.route_patterns),
        PatternKind::Translation => ("transPattern", &state.translation_patterns),
    };
    let is_meant = |pattern: &&Pattern| {
        let mut criteria = query.criteria.iter();
        criteria.all(|(tag, like)| listing::is_like(Some(&pattern.value(tag)), like))
    };
    let matching = patterns.iter().filter(is_meant).collect();
    let rows = query.page(matching, state.axl.max_rows)?;
    let row = |pattern: &Pattern| {
        let tags = query.tags.iter();
        let content: String = tags.map(|tag| pattern.xml(tag, state.axl.terse_values)).collect();
        format!("<{name} uuid=\"{{{}}}\">{content}</{name}>", pattern.uuid)
    };
    let rows: String = rows.into_iter().map(row).collect();
    Ok(wrap_or_empty("return", &rows))
}
