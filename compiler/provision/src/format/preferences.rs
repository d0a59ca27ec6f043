//! The registry items of Group Policy Preferences: `Registry.xml`.

use sha2::{Digest, Sha256};

use super::crlf;
use super::xml::escaped;
use crate::key::HIVE;
use crate::output::{Cause, Format, OutputFile, Refusal, Refusals};
use crate::profile::{RegistryKey, Target};

/// What an item does, and the picture that the editor shows for it.
#[derive(Clone, Copy)]
struct Action {
    letter: char,
    image: u8,
}

const UPDATE: Action = Action { letter: 'U', image: 7 };
const DELETE: Action = Action { letter: 'D', image: 8 };

/// The time of the last change that each item has. It is fixed, so that equal profiles give equal
/// files.
const CHANGED: &str = "2025-01-01 00:00:00";

pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let keys = target.registry_keys();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let file = |folder, text, about| {
        let path = format!("{folder}/Registry.xml");
        OutputFile::text(&path, text, about)
    };
    let set = write(target, &keys, |key| {
        let removed = key.removed.iter().map(|name| (*name, "", DELETE));
        key.values.iter().map(|(name, value)| (*name, *value, UPDATE)).chain(removed).collect()
    })?;
    let remove = write(target, &keys, |key| {
        key.values.iter().map(|(name, _)| (*name, "", DELETE)).collect()
    })?;
    Ok(vec![
        file("preferences", set, "sets the values, pasted into the preferences of a group policy"),
        file("preferences-remove", remove, "removes the values that the preferences set"),
    ])
}

/// A name, its value and what to do with it. What is deleted needs no value.
type Item<'t> = (&'t str, &'t str, Action);

/// A file with these items for each key.
fn write<'t>(
    target: &Target,
    keys: &[RegistryKey<'t>],
    items: impl Fn(&RegistryKey<'t>) -> Vec<Item<'t>>,
) -> Result<String, Refusals> {
    let mut lines = vec![
        r#"<?xml version="1.0" encoding="utf-8"?>"#.to_owned(),
        r#"<RegistrySettings clsid="{A3CCFC41-DFDB-43a5-8D26-0FE8B954DA51}">"#.to_owned(),
    ];
    // the items run as the system, not as the user (`userContext`), who cannot write policies
    let values = keys.iter().flat_map(|key| items(key).into_iter().map(|item| (key.path, item)));
    let items = values.map(|(path, it)| {
        let (name, _, action) = it;
        let identity = [target.site().unwrap_or_default(), path, name];
        item(&uid(&identity, action), path, it)
    });
    lines.extend(Refusals::collect(items)?.into_iter().flatten());
    lines.push("</RegistrySettings>".to_owned());
    Ok(crlf(lines))
}

fn item(
    uid: &str,
    key: &str,
    (name, value, Action { letter, image }): Item<'_>,
) -> Result<[String; 3], Refusal> {
    let refuse = |cause| Refusal::new(Format::Preferences, name, cause);
    let attribute = |text: &str, cause: fn(char) -> Cause| match has_variable(text) {
        true => Err(refuse(cause('%'))),
        false => escaped(text).map_err(|character| refuse(cause(character))),
    };
    let shown = attribute(name, Cause::NameCharacter)?;
    let value = attribute(value, Cause::Character)?;
    Ok([
        format!(
            r#"  <Registry clsid="{{9CD4B2F4-923D-47f5-A062-E897DD1DAD50}}" name="{shown}" status="{shown}" image="{image}" changed="{CHANGED}" uid="{uid}" bypassErrors="1">"#
        ),
        format!(
            r#"    <Properties action="{letter}" displayDecimal="0" default="0" hive="{HIVE}" key="{key}" name="{shown}" type="REG_SZ" value="{value}" />"#
        ),
        "  </Registry>".to_owned(),
    ])
}

/// Whether a text may have a variable such as `%USERNAME%`, which Windows would replace.
fn has_variable(text: &str) -> bool {
    text.matches('%').nth(1).is_some()
}

/// An identifier that depends on the setting and its site only.
fn uid(identity: &[&str], action: Action) -> String {
    let mut hash = Sha256::new();
    for part in identity {
        hash.update(part.to_lowercase());
        hash.update([0]);
    }
    hash.update([u8::try_from(action.letter).unwrap_or_default()]);
    let digest = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    // version 8 and variant 1 of RFC 9562: made by the application
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let [a, b, c, d] = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20]];
    format!("{{{a}-{b}-{c}-{d}-{}}}", &digits[20..])
}
