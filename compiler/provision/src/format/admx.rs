//! An administrative template (`.admx`) with its English texts (`.adml`): one policy for each known
//! name.

use std::collections::BTreeSet;

use super::crlf;
use super::xml::escaped;
use crate::key::Key;
use crate::names::KnownName;
use crate::output::{Cause, Format, OutputFile, Refusal, Refusals};
use crate::profile::Target;
use crate::setting::MAX_VALUE_UNITS;

/// The name of the template, and of the application in Intune.
pub(super) const TEMPLATE: &str = "adrc-csf";

/// The category of all policies.
pub(super) const CATEGORY: &str = "ClientServicesFramework";

/// The definition that says which systems the policies are for.
const SUPPORTED: &str = "Supported_ClientServicesFramework";

/// The text of the category. Texts have prefixes, so that no name of a setting is equal to another
/// text's name.
const CATEGORY_TEXT: &str = "Category_ClientServicesFramework";

/// A policy of the template.
pub(super) struct Policy<'t> {
    /// Letters, digits and `_`; unique in the template without regard to case.
    pub(super) id: String,
    /// The setting that it sets.
    pub(super) known: &'t KnownName,
}

pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let policies = policies(target);
    if target.site().is_some() || policies.is_empty() {
        return Ok(Vec::new());
    }
    let about = "offers a policy for each setting; not configured, it removes the value";
    let admx = OutputFile::text(
        &format!("policy-definitions/{TEMPLATE}.admx"),
        template(&policies)?,
        about,
    );
    let about = "the English texts of the administrative template";
    let path = format!("policy-definitions/en-US/{TEMPLATE}.adml");
    Ok(vec![admx, OutputFile::text(&path, texts(&policies)?, about)])
}

/// The policies of the template, sorted by the name of their setting. They are the same for all
/// targets of a profile; none if no target sets values of the policies' key.
pub(super) fn policies(target: &Target) -> Vec<Policy<'_>> {
    let mut taken = BTreeSet::new();
    let policy = |known| {
        let mut id = identifier(known);
        while !taken.insert(id.to_ascii_lowercase()) {
            id.push('_');
        }
        Policy { id, known }
    };
    target.template().iter().map(policy).collect()
}

/// The `.admx` file. It uses no other template, so that Intune can take it alone.
pub(super) fn template(policies: &[Policy<'_>]) -> Result<String, Refusals> {
    let mut lines = owned(&[
        r#"<?xml version="1.0" encoding="utf-8"?>"#,
        r#"<policyDefinitions xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0">"#,
        r"  <policyNamespaces>",
        r#"    <target prefix="adrc" namespace="Adrc.Policies.ClientServicesFramework" />"#,
        r"  </policyNamespaces>",
        r#"  <resources minRequiredRevision="1.0" />"#,
        r"  <supportedOn>",
        r"    <definitions>",
    ]);
    lines.push(format!(
        r#"      <definition name="{SUPPORTED}" displayName="$(string.{SUPPORTED})" />"#
    ));
    lines.extend(owned(&["    </definitions>", "  </supportedOn>", "  <categories>"]));
    lines.push(format!(
        r#"    <category name="{CATEGORY}" displayName="$(string.{CATEGORY_TEXT})" />"#
    ));
    lines.extend(owned(&["  </categories>", "  <policies>"]));
    lines.extend(Refusals::collect(policies.iter().map(definition))?.into_iter().flatten());
    lines.extend(owned(&["  </policies>", "</policyDefinitions>"]));
    Ok(crlf(lines))
}

fn definition(policy: &Policy<'_>) -> Result<[String; 7], Refusal> {
    let Policy { id, known } = policy;
    let (key, name) = (Key::Policies.path(), name(known)?);
    Ok([
        format!(
            r#"    <policy name="{id}" class="User" displayName="$(string.Policy_{id})" explainText="$(string.Help_{id})" presentation="$(presentation.{id})" key="{key}">"#
        ),
        format!(r#"      <parentCategory ref="{CATEGORY}" />"#),
        format!(r#"      <supportedOn ref="{SUPPORTED}" />"#),
        "      <elements>".to_owned(),
        format!(
            r#"        <text id="{id}_Value" valueName="{name}" required="true" maxLength="{MAX_VALUE_UNITS}" />"#
        ),
        "      </elements>".to_owned(),
        "    </policy>".to_owned(),
    ])
}

fn texts(policies: &[Policy<'_>]) -> Result<String, Refusals> {
    Refusals::collect(policies.iter().map(|policy| help(policy.known)))?;
    let mut lines = owned(&[
        r#"<?xml version="1.0" encoding="utf-8"?>"#,
        r#"<policyDefinitionResources xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions" revision="1.0" schemaVersion="1.0">"#,
        "  <displayName>Client Services Framework</displayName>",
        "  <description>Servers and settings of clients on the Client Services Framework</description>",
        "  <resources>",
        "    <stringTable>",
    ]);
    let mut string = |id: &str, text: &str| {
        lines.push(format!(r#"      <string id="{id}">{text}</string>"#));
    };
    string(CATEGORY_TEXT, "Client Services Framework");
    string(SUPPORTED, "Clients on the Client Services Framework");
    for Policy { id, known } in policies {
        string(&format!("Policy_{id}"), &name(known)?);
        string(&format!("Help_{id}"), &help(known)?);
    }
    lines.extend(owned(&["    </stringTable>", "    <presentationTable>"]));
    for Policy { id, known } in policies {
        lines.push(format!(r#"      <presentation id="{id}">"#));
        lines.push(format!(r#"        <textBox refId="{id}_Value">"#));
        lines.push(format!("          <label>{}</label>", name(known)?));
        lines.extend(owned(&["        </textBox>", "      </presentation>"]));
    }
    lines.extend(owned(&[
        "    </presentationTable>",
        "  </resources>",
        "</policyDefinitionResources>",
    ]));
    Ok(crlf(lines))
}

fn help(known: &KnownName) -> Result<String, Refusal> {
    let source = match escape(known, &known.documented, Cause::DocumentedCharacter)? {
        source if source.is_empty() => "No document that adrc knows confirms this name.".to_owned(),
        source => format!("Documented in: {source}."),
    };
    let rule = "This policy wins over the value that users can write. If it is disabled or not \
                configured, clients read that value.";
    Ok(format!("Sets the value {}. {source} {rule}", name(known)?))
}

/// The name of a setting in XML.
fn name(known: &KnownName) -> Result<String, Refusal> {
    escape(known, known.name.as_str(), Cause::NameCharacter)
}

fn escape(
    known: &KnownName,
    text: &str,
    cause: impl FnOnce(char) -> Cause,
) -> Result<String, Refusal> {
    let refusal = |character| Refusal::new(Format::Admx, known.name.as_str(), cause(character));
    escaped(text).map_err(refusal)
}

/// A name as letters, digits and `_`; each other character as its code.
fn identifier(known: &KnownName) -> String {
    let mut identifier = String::new();
    for character in known.name.as_str().chars() {
        if character.is_ascii_alphanumeric() || character == '_' {
            identifier.push(character);
        } else {
            identifier.push_str(&format!("_x{:X}_", u32::from(character)));
        }
    }
    match identifier.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => identifier,
        false => format!("Setting_{identifier}"),
    }
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}
