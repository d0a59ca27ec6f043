//! Restrictions of FindItem: conditions on the fields of an item.

use std::cmp::Ordering;

use adr_kit::xml::Element;

use super::fields::{Item, name_of};
use crate::moment::Moment;

/// A condition.
pub(super) enum Restriction {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// The field is there.
    Exists(String),
    /// The field contains the text, whatever its case.
    Contains(String, String),
    /// The field compares to the text in one of these ways.
    Compares(String, String, &'static [Ordering]),
}

impl Restriction {
    /// Reads `Restriction`, or a condition in it; `None` if it has a condition that EWS lacks.
    pub(super) fn read(element: &Element) -> Option<Self> {
        use Ordering::{Equal, Greater, Less};
        let children = || element.children.iter().map(Self::read).collect::<Option<Vec<_>>>();
        Some(match element.name.as_str() {
            "Restriction" | "And" => Self::All(children()?),
            "Or" => Self::Any(children()?),
            "Not" => Self::Not(Box::new(Self::read(element.children.first()?)?)),
            "Exists" => Self::Exists(field(element)?),
            "Contains" => Self::Contains(field(element)?, constant(element)?),
            "IsEqualTo" => Self::compares(element, &[Equal])?,
            "IsNotEqualTo" => Self::compares(element, &[Less, Greater])?,
            "IsGreaterThan" => Self::compares(element, &[Greater])?,
            "IsGreaterThanOrEqualTo" => Self::compares(element, &[Greater, Equal])?,
            "IsLessThan" => Self::compares(element, &[Less])?,
            "IsLessThanOrEqualTo" => Self::compares(element, &[Less, Equal])?,
            _ => return None,
        })
    }

    fn compares(element: &Element, orders: &'static [Ordering]) -> Option<Self> {
        Some(Self::Compares(field(element)?, constant(element)?, orders))
    }

    pub(super) fn holds(&self, item: &Item<'_>) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|one| one.holds(item)),
            Self::Any(conditions) => conditions.iter().any(|one| one.holds(item)),
            Self::Not(condition) => !condition.holds(item),
            Self::Exists(field) => item.text(field).is_some(),
            Self::Contains(field, part) => item
                .text(field)
                .is_some_and(|text| text.to_lowercase().contains(&part.to_lowercase())),
            Self::Compares(field, with, orders) => {
                item.text(field).is_some_and(|text| orders.contains(&compare(&text, with)))
            }
        }
    }
}

/// Times compare as times, everything else as text.
fn compare(left: &str, right: &str) -> Ordering {
    match (Moment::read(left), Moment::read(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.cmp(right),
    }
}

/// The field of a condition.
fn field(element: &Element) -> Option<String> {
    name_of(element.children.first()?).map(str::to_owned)
}

fn constant(element: &Element) -> Option<String> {
    let constant = super::descendant(element, "Constant")?;
    constant.attribute("Value").map(str::to_owned)
}
