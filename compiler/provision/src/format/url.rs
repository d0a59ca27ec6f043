//! Jabber's configuration URL, for macOS, iOS and Android.

use super::installer;
use crate::jabber::PROPERTIES;
use crate::output::{OutputFile, Refusals};
use crate::profile::Target;

/// The URL needs the domain of the services. All its values are domains and words, which need no
/// escapes.
pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let Some(jabber) = target.jabber().filter(|jabber| jabber.services_domain.is_some()) else {
        return Ok(Vec::new());
    };
    let set = installer::properties(target, jabber);
    let parameters: Vec<String> = PROPERTIES
        .iter()
        .filter_map(|property| {
            let (_, value) = set.iter().find(|(name, _)| *name == property.installer)?;
            Some(format!("{}={value}", property.url?))
        })
        .collect();
    Ok(vec![OutputFile::text(
        "jabber/url.txt",
        format!("ciscojabber://provision?{}\n", parameters.join("&")),
        "the link that users of phones and Macs open; a reset of Jabber undoes it",
    )])
}
