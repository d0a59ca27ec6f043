//! The command line of Jabber's installer.

use super::crlf;
use crate::jabber::{Jabber, Mode, PROPERTIES};
use crate::names::Role;
use crate::output::{Cause, Format, OutputFile, Refusal, Refusals};
use crate::profile::Target;

/// The installer as the vendor ships it.
const PACKAGE: &str = "CiscoJabberSetup.msi";

/// Characters that a shell replaces, also in quotes: cmd the first two, PowerShell the others, of
/// which the last ones end its quotes. Which shell reads the line is not known.
const REPLACED: [char; 7] = ['%', '!', '$', '`', '\u{201c}', '\u{201d}', '\u{201e}'];

/// The line that installs Jabber with its settings.
pub(crate) fn install(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let Some(jabber) = target.jabber() else {
        return Ok(Vec::new());
    };
    let mut words = vec![format!("msiexec /i {PACKAGE} /quiet")];
    if jabber.clears() {
        words.push("CLEAR=1".to_owned());
    }
    let word = |(name, value): (&str, String)| match value.chars().find(|c| REPLACED.contains(c)) {
        Some(bad) => Err(Refusal::new(Format::Installer, name, Cause::Character(bad))),
        None => Ok(format!("{name}={}", quoted(&value))),
    };
    words.extend(Refusals::collect(properties(target, jabber).into_iter().map(word))?);
    Ok(vec![OutputFile::text(
        "jabber/install.txt",
        crlf([words.join(" ")]),
        "the command line that installs Jabber with these settings",
    )])
}

/// The line that removes Jabber. It has no setting, so that it is never refused.
pub(crate) fn uninstall(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let line = || crlf([format!("msiexec /x {PACKAGE} /quiet")]);
    let file = |_| {
        OutputFile::text(
            "jabber/uninstall.txt",
            line(),
            "the command line that removes Jabber itself, with its settings",
        )
    };
    Ok(target.jabber().map(file).into_iter().collect())
}

/// The settings of Jabber by the names of the installer, in the order of [`PROPERTIES`].
pub(super) fn properties(target: &Target, jabber: &Jabber) -> Vec<(&'static str, String)> {
    let value = |name: &str| property(target, jabber, name);
    let properties = PROPERTIES.iter().map(|property| property.installer);
    properties.filter_map(|name| Some((name, value(name)?))).collect()
}

fn property(target: &Target, jabber: &Jabber, name: &str) -> Option<String> {
    let text = |value: &str| value.to_owned();
    match name {
        "PRODUCT_MODE" => jabber.mode?.value().map(text),
        "AUTHENTICATOR" => jabber.authenticator.map(|it| text(it.value())),
        "CUP_ADDRESS" => jabber.presence_server.as_ref().map(ToString::to_string),
        "TFTP" => tftp(target, jabber),
        "CTI" => first(target, Role::Cti),
        "CCMCIP" => first(target, Role::Ccmcip),
        "SERVICES_DOMAIN" => jabber.services_domain.as_ref().map(ToString::to_string),
        "VOICE_SERVICES_DOMAIN" => jabber.voice_services_domain.as_ref().map(ToString::to_string),
        "EXCLUDED_SERVICES" => excluded(jabber),
        "UPN_DISCOVERY_ENABLED" => jabber.upn_discovery.map(|it| it.to_string()),
        "TFTP_FILE_NAME" => jabber.configuration_file.as_ref().map(ToString::to_string),
        "LOG_DIRECTORY" => jabber.log_directory.as_ref().map(ToString::to_string),
        "LANGUAGE" => jabber.language.map(|it| it.to_string()),
        "INVALID_CERTIFICATE_BEHAVIOR" => jabber.invalid_certificates.map(|it| text(it.value())),
        "Telemetry_Enabled" => jabber.telemetry.map(|it| it.to_string()),
        _ => None,
    }
}

/// The host of the client configuration in phone mode, else that of the devices.
fn tftp(target: &Target, jabber: &Jabber) -> Option<String> {
    let configuration = jabber.configuration_host.as_ref();
    let configuration = configuration.filter(|_| jabber.mode == Some(Mode::Phone));
    configuration.map(ToString::to_string).or_else(|| first(target, Role::Tftp))
}

/// The first server of a role.
fn first(target: &Target, role: Role) -> Option<String> {
    let known = target.names().of_role(role).next()?;
    target.settings().get(&known.name).map(|value| value.as_str().to_owned())
}

/// The excluded services, separated by commas; `None` if there are none.
pub(super) fn excluded(jabber: &Jabber) -> Option<String> {
    let services = jabber.excluded_services.as_ref().filter(|services| !services.is_empty())?;
    let values: Vec<_> = services.iter().map(|service| service.value()).collect();
    Some(values.join(","))
}

/// The value of a property as msiexec reads it: in quotes if it is not a plain word, with quotes
/// doubled. PowerShell splits words at commas.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    match !value.is_empty() && value.chars().all(plain) {
        true => value.to_owned(),
        false => format!("\"{}\"", value.replace('"', "\"\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn value_with_spaces_or_quotes_is_quoted() {
        let cases = [
            ("10.1.1.1", "10.1.1.1"),
            ("CUP,CUCM", r#""CUP,CUCM""#),
            (r"C:\Log Files\", r#""C:\Log Files\""#),
            (r#"a "b""#, r#""a ""b""""#),
            ("", r#""""#),
            ("a&b", r#""a&b""#),
        ];
        for (value, expected) in cases {
            assert_eq!(quoted(value), expected);
        }
    }
}
