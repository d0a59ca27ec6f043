//! Names: ResolveNames, ConvertId, GetServerTimeZones.

use adr_kit::xml::{Element, leaf, wrap};

use super::{Caller, Failure, descendant, responses};
use crate::state::Mailbox;

/// Time zones: name, and what people read.
const ZONES: [(&str, &str); 3] = [
    ("UTC", "(UTC) Coordinated Universal Time"),
    ("W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"),
    ("Eastern Standard Time", "(UTC-05:00) Eastern Time (US & Canada)"),
];

/// `ResolveNames`, in the directory.
pub(super) fn resolve(caller: &Caller<'_>, request: &Element) -> String {
    let entry = request.child_text("UnresolvedEntry").unwrap_or_default();
    let entry = entry.trim_start_matches("smtp:").trim_start_matches("SMTP:").to_lowercase();
    let is = |mailbox: &&Mailbox| {
        let (address, name) = (mailbox.address.to_lowercase(), mailbox.name.to_lowercase());
        !entry.is_empty() && (address.starts_with(&entry) || name.contains(&entry))
    };
    let found: Vec<_> = caller.state.mailboxes.iter().filter(is).collect();
    let count = found.len();
    let result = if found.is_empty() {
        Err(Failure::new("ErrorNameResolutionNoResults", "No results were found."))
    } else {
        let resolutions = found.into_iter().map(resolution).collect::<String>();
        Ok(format!(
            "<m:ResolutionSet TotalItemsInView=\"{count}\" IncludesLastItemInRange=\"true\">\
             {resolutions}</m:ResolutionSet>"
        ))
    };
    responses("ResolveNames", [result])
}

fn resolution(mailbox: &Mailbox) -> String {
    let address = leaf("t:Name", &mailbox.name) + &leaf("t:EmailAddress", &mailbox.address);
    let kind = leaf("t:RoutingType", "SMTP") + &leaf("t:MailboxType", "Mailbox");
    let entry = format!("<t:Entry Key=\"EmailAddress1\">SMTP:{}</t:Entry>", mailbox.address);
    let contact = leaf("t:DisplayName", &mailbox.name) + &wrap("t:EmailAddresses", &entry);
    let mailbox = wrap("t:Mailbox", &(address + &kind));
    wrap("t:Resolution", &(mailbox + &wrap("t:Contact", &contact)))
}

/// `ConvertId`: the identity stays, and the address of the mailbox comes with it.
pub(super) fn convert(caller: &Caller<'_>, request: &Element) -> String {
    let result = caller.readable(None).map(|mailbox| {
        let id = descendant(request, "AlternateId").and_then(|id| id.attribute("Id"));
        let (id, address) = (id.unwrap_or_default(), &mailbox.address);
        format!(
            "<m:AlternateId xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:type=\"t:AlternateIdType\" Format=\"EwsId\" Id=\"{id}\" Mailbox=\"{address}\"/>"
        )
    });
    responses("ConvertId", [result])
}

/// `GetServerTimeZones`, without periods and transitions.
pub(super) fn time_zones(request: &Element) -> String {
    let asked: Vec<_> =
        request.child("Ids").map(|ids| ids.children.iter()).into_iter().flatten().collect();
    let is_asked = |id: &str| asked.is_empty() || asked.iter().any(|one| one.text == id);
    let zones = ZONES.iter().filter(|(id, _)| is_asked(id));
    let zones = zones.map(|(id, name)| {
        let name = adr_kit::xml::escaped(name);
        format!("<t:TimeZoneDefinition Id=\"{id}\" Name=\"{name}\"/>")
    });
    let zones = wrap("m:TimeZoneDefinitions", &zones.collect::<String>());
    responses("GetServerTimeZones", [Ok(zones)])
}
