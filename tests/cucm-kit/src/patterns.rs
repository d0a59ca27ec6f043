//! Route patterns and translation patterns.

use crate::uuid::uuid_of;
use crate::xml::{escaped, leaf};

/// A route pattern or translation pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// Upper-case UUID without braces.
    pub uuid: String,
    /// Such as `9.@` or `\+.!`.
    pub pattern: String,
    /// May be empty.
    pub description: String,
    /// Name of the partition; may be empty.
    pub partition: String,
    /// Whether calls are blocked.
    pub blocked: bool,
    /// May be empty.
    pub mask: String,
    /// Name of the discard instruction, such as `PreDot`; may be empty.
    pub discard: String,
    /// May be empty.
    pub prefix: String,
    /// Such as `Default`.
    pub precedence: String,
    /// Whether an authorization code is required; route patterns only.
    pub authorization_code: bool,
    /// Authorization level; route patterns only.
    pub authorization_level: u32,
    /// Whether a client matter code is required; route patterns only.
    pub client_code: bool,
    /// Whether the pattern is flagged as an emergency service number.
    pub emergency: bool,
}

impl Pattern {
    /// A pattern in a partition, with a fresh UUID made from both.
    #[must_use]
    pub fn new(pattern: &str, partition: &str) -> Self {
        Self {
            uuid: uuid_of(&format!("{partition} {pattern}")),
            pattern: pattern.to_owned(),
            partition: partition.to_owned(),
            precedence: "Default".to_owned(),
            ..Self::default()
        }
    }

    /// The same pattern, flagged as an emergency service number.
    #[must_use]
    pub fn emergency(mut self) -> Self {
        self.emergency = true;
        self
    }

    /// The value of a tag of the schema.
    pub(crate) fn value(&self, tag: &str) -> String {
        match tag {
            "pattern" => self.pattern.clone(),
            "description" => self.description.clone(),
            "routePartitionName" => self.partition.clone(),
            "blockEnable" => self.blocked.to_string(),
            "calledPartyTransformationMask" => self.mask.clone(),
            "digitDiscardInstructionName" => self.discard.clone(),
            "prefixDigitsOut" => self.prefix.clone(),
            "patternPrecedence" => self.precedence.clone(),
            "authorizationCodeRequired" => self.authorization_code.to_string(),
            "authorizationLevelRequired" => self.authorization_level.to_string(),
            "clientCodeRequired" => self.client_code.to_string(),
            _ => self.emergency.to_string(),
        }
    }

    pub(crate) fn xml(&self, tag: &str, terse: bool) -> String {
        let is_key = matches!(tag, "routePartitionName" | "digitDiscardInstructionName");
        let value = self.value(tag);
        match (value.as_str(), is_key, terse) {
            ("", true, true) => format!("<{tag} xsi:nil=\"true\" uuid=\"\"/>"),
            ("", false, true) => format!("<{tag} xsi:nil=\"true\"/>"),
            ("true", false, true) => leaf(tag, "t"),
            ("false", false, true) => leaf(tag, "f"),
            ("", ..) | (_, false, _) => leaf(tag, &value),
            (_, true, _) => {
                let uuid = uuid_of(&value);
                format!("<{tag} uuid=\"{{{uuid}}}\">{}</{tag}>", escaped(&value))
            }
        }
    }
}
