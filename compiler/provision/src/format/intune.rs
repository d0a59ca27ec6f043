//! Intune: settings by OMA-URI for the administrative template, and scripts that detect and remedy
//! missing values.

use std::collections::BTreeSet;

use serde::Serialize;

use super::xml::escaped;
use super::{admx, powershell};
use crate::key::Key;
use crate::output::{Cause, Format, OutputFile, Refusal, Refusals};
use crate::profile::Target;

/// The name of the application in the addresses of its settings.
const APPLICATION: &str = "adrc";

/// A configuration profile, as the Graph API of Intune takes it.
#[derive(Serialize)]
struct Configuration {
    #[serde(rename = "@odata.type")]
    kind: &'static str,
    #[serde(rename = "displayName")]
    display_name: String,
    #[serde(rename = "omaSettings")]
    settings: Vec<OmaSetting>,
}

#[derive(Serialize)]
struct OmaSetting {
    #[serde(rename = "@odata.type")]
    kind: &'static str,
    #[serde(rename = "displayName")]
    display_name: String,
    #[serde(rename = "omaUri")]
    uri: String,
    value: String,
}

/// The template by OMA-URI, once for all targets.
pub(crate) fn template(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let policies = admx::policies(target);
    if target.site().is_some() || policies.is_empty() {
        return Ok(Vec::new());
    }
    let uri = format!(
        "./Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/{APPLICATION}/Policy/{}",
        admx::TEMPLATE
    );
    let ingest = setting("Template".to_owned(), uri, admx::template(&policies)?);
    let about = "installs the administrative template on PCs, before the settings";
    Ok(vec![configuration("intune/template.json", "template", vec![ingest], about)])
}

/// The settings by OMA-URI. They need the key of the policies.
pub(crate) fn settings(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let removed: BTreeSet<_> = target.removed(Key::Policies).collect();
    let sets = !target.settings().is_empty() && target.keys().contains(&Key::Policies);
    if !sets && removed.is_empty() {
        return Ok(Vec::new());
    }
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    let policies = admx::policies(target);
    let values = policies.iter().filter_map(|policy| {
        let value = target.settings().get(&policy.known.name)?;
        Some(data(policy.known.name.as_str(), value.as_str()).map(|value| (policy, value)))
    });
    for (policy, value) in Refusals::collect(values)? {
        let enabled = format!("<enabled/><data id=\"{}_Value\" value=\"{value}\"/>", policy.id);
        set.push(of_policy(policy, enabled));
        remove.push(of_policy(policy, DISABLED.to_owned()));
    }
    let lacks = |policy: &&admx::Policy<'_>| removed.contains(&policy.known.name);
    set.extend(policies.iter().filter(lacks).map(|it| of_policy(it, DISABLED.to_owned())));
    let about = "sets the values, as a configuration profile of Intune";
    let set = configuration("intune/settings.json", "settings", set, about);
    let about = "removes the values, in place of the configuration profile";
    Ok(vec![set, configuration("intune/settings-remove.json", "settings off", remove, about)])
}

/// The state of a policy that removes its value.
const DISABLED: &str = "<disabled/>";

/// A policy of the template with its state.
fn of_policy(policy: &admx::Policy<'_>, state: String) -> OmaSetting {
    let (category, id) = (admx::CATEGORY, &policy.id);
    let uri = format!("./User/Vendor/MSFT/Policy/Config/{APPLICATION}~Policy~{category}/{id}");
    setting(policy.known.name.as_str().to_owned(), uri, state)
}

/// The text of a policy, which the template requires to have a character.
fn data(name: &str, value: &str) -> Result<String, Refusal> {
    let cause = match escaped(value) {
        Ok(text) if text.is_empty() => Cause::Empty,
        Ok(text) => return Ok(text),
        Err(character) => Cause::Character(character),
    };
    Err(Refusal::new(Format::Intune, name, cause))
}

/// The pairs of scripts. Both run as the user.
pub(crate) fn scripts(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let keys = target.registry_keys();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    powershell::check_names(&keys, Format::Intune)?;
    let detect = powershell::detect_wrong(&keys);
    let detect_undo = powershell::detect_present(&keys);
    Ok(vec![
        powershell::file("intune/detect.ps1", detect, "finds PCs that miss a value"),
        powershell::file(
            "intune/remediate.ps1",
            powershell::set(&keys),
            "sets the values where `detect.ps1` finds one missing",
        ),
        powershell::file(
            "intune/remove-detect.ps1",
            detect_undo,
            "finds PCs that still have a value",
        ),
        powershell::file(
            "intune/remove-remediate.ps1",
            powershell::remove(&keys),
            "removes the values where `remove-detect.ps1` finds one",
        ),
    ])
}

fn setting(display_name: String, uri: String, value: String) -> OmaSetting {
    OmaSetting { kind: "#microsoft.graph.omaSettingString", display_name, uri, value }
}

fn configuration(
    path: &str,
    what: &str,
    settings: Vec<OmaSetting>,
    about: &'static str,
) -> OutputFile {
    let configuration = Configuration {
        kind: "#microsoft.graph.windows10CustomConfiguration",
        display_name: format!("Client Services Framework: {what}"),
        settings,
    };
    // a structure of texts is always JSON
    let text = serde_json::to_string_pretty(&configuration).unwrap_or_default();
    OutputFile::text(path, text + "\n", about)
}
