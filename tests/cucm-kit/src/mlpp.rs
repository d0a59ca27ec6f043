//! MLPP domains, and the precedence settings of softphones.

use crate::listing::{Query, is_like};
use crate::soap::SoapFault;
use crate::state::State;
use crate::uuid::uuid_of;
use crate::xml::{Element, leaf, wrap_or_empty};

/// The precedence settings of a softphone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Softphone {
    /// Such as `CSFASMITH`.
    pub name: String,
    /// The MLPP domain; empty for none.
    pub domain: String,
    /// Such as `Default`, `On` or `Off`.
    pub indication: String,
    /// Such as `Default`, `Disabled` or `Forceful`.
    pub preemption: String,
}

impl Softphone {
    /// A softphone with the settings of its device pool.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let default = || "Default".to_owned();
        Self {
            name: name.to_owned(),
            domain: String::new(),
            indication: default(),
            preemption: default(),
        }
    }
}

/// `listMlppDomain`.
pub(crate) fn list_domains(state: &State, request: &Element) -> Result<String, SoapFault> {
    let query = Query::read(request, &["domainName"], &["domainName", "domainId"])?;
    let is_meant = |(name, _): &&(String, String)| {
        query.criteria.iter().all(|(_, like)| is_like(Some(name), like))
    };
    let rows = query.page(state.mlpp_domains.iter().filter(is_meant).collect(), None)?;
    let row = |(name, id): &(String, String)| {
        let value = |tag: &&str| leaf(tag, if *tag == "domainName" { name } else { id });
        let content: String = query.tags.iter().map(value).collect();
        format!("<mlppDomain uuid=\"{{{}}}\">{content}</mlppDomain>", uuid_of(name))
    };
    Ok(wrap_or_empty("return", &rows.into_iter().map(row).collect::<String>()))
}

/// `listPhone`, of which the stand-in knows softphones and their precedence settings only.
pub(crate) fn list_phones(state: &State, request: &Element) -> Result<String, SoapFault> {
    let tags = ["name", "mlppDomainId", "mlppIndicationStatus", "preemption"];
    let query = Query::read(request, &["name"], &tags)?;
    let is_meant = |phone: &&Softphone| {
        query.criteria.iter().all(|(_, like)| is_like(Some(&phone.name), like))
    };
    let phones = state.softphones.iter().filter(is_meant).collect();
    let rows = query.page(phones, state.axl.max_rows)?;
    let row = |phone: &Softphone| {
        let value = |tag: &&str| match *tag {
            "name" => leaf(tag, &phone.name),
            "mlppDomainId" => leaf(tag, &phone.domain),
            "mlppIndicationStatus" => leaf(tag, &phone.indication),
            _ => leaf(tag, &phone.preemption),
        };
        let content: String = query.tags.iter().map(value).collect();
        format!("<phone uuid=\"{{{}}}\">{content}</phone>", uuid_of(&phone.name))
    };
    Ok(wrap_or_empty("return", &rows.into_iter().map(row).collect::<String>()))
}
