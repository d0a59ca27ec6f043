//! Files of Jabber and CME.

use adr_provision::Format;

use crate::model::{bytes, target, text};
use crate::xml::Element;

const FULL: &str = r#"
[servers]
tftp = ["10.1.1.1", "10.1.1.2"]
cti = ["10.1.1.3"]
ccmcip = ["cucm-pub.example.com"]

[jabber]
mode = "phone"
authenticator = "CUCM"
presence_server = "imp.example.com"
configuration_host = "config.example.com"
configuration_file = "group a.xml"
services_domain = "example.com"
voice_services_domain = "voice.example.com"
excluded_services = ["WEBEX", "CUP", "WEBEX"]
upn_discovery = false
log_directory = 'C:\Log Files'
language = 1033
invalid_certificates = "reject"
telemetry = false

[cme]
template = 3
application_rules = "http://10.1.1.1:6970/AppDialRules.xml"
lookup_rules = "tftp://10.1.1.1/DirLookupRules.xml"
"#;

#[test]
fn installer_has_every_property_quoted_where_needed() {
    let line = text(&target(FULL), "jabber/install.txt");
    let expected = "msiexec /i CiscoJabberSetup.msi /quiet CLEAR=1 PRODUCT_MODE=Phone_Mode \
                    AUTHENTICATOR=CUCM CUP_ADDRESS=imp.example.com TFTP=config.example.com \
                    CTI=10.1.1.3 CCMCIP=cucm-pub.example.com SERVICES_DOMAIN=example.com \
                    VOICE_SERVICES_DOMAIN=voice.example.com EXCLUDED_SERVICES=\"CUP,WEBEX\" \
                    UPN_DISCOVERY_ENABLED=false TFTP_FILE_NAME=\"group a.xml\" \
                    LOG_DIRECTORY=\"C:\\Log Files\" LANGUAGE=1033 \
                    INVALID_CERTIFICATE_BEHAVIOR=RejectAndNotify Telemetry_Enabled=false\r\n";
    assert_eq!(line, expected);
}

#[test]
fn installer_keeps_an_old_bootstrap_file_on_request_only() {
    let line = |jabber: &str| {
        let profile = format!("[servers]\ntftp = [\"a\"]\n[jabber]\n{jabber}");
        text(&target(&profile), "jabber/install.txt")
    };
    assert_eq!(line(""), "msiexec /i CiscoJabberSetup.msi /quiet CLEAR=1 TFTP=a\r\n");
    assert_eq!(line("clear = false\n"), "msiexec /i CiscoJabberSetup.msi /quiet TFTP=a\r\n");
    // without the phone mode, the installer names the server of the devices
    let other = line("configuration_host = \"b\"\nmode = \"default\"\n");
    assert_eq!(other, "msiexec /i CiscoJabberSetup.msi /quiet CLEAR=1 TFTP=a\r\n");
}

#[test]
fn value_that_a_shell_replaces_is_refused_and_the_undo_is_written() {
    for bad in ["%", "!", "$", "`", "\u{201d}"] {
        let target = target(&format!("[jabber]\nlog_directory = 'C:\\{bad}x'\n"));
        let output = adr_provision::files(&target);
        let refusals = output.refusals.iter().filter(|it| it.format == Format::Installer);
        let refused: Vec<_> = refusals.flat_map(|it| it.files).copied().collect();
        assert_eq!(refused, ["jabber/install.txt"], "{bad}");
        assert_eq!(bytes(&target, "jabber/install.txt"), None);
        assert!(text(&target, "jabber/uninstall.txt").starts_with("msiexec /x "));
    }
}

#[test]
fn bootstrap_file_has_a_line_for_each_setting() {
    let file = text(&target(FULL), "jabber/jabber-bootstrap.properties");
    assert!(!file.contains("NOT_SPECIFIED"), "{file}");
    for line in ["TftpServer1: config.example.com", "ServiceDiscoveryExcludedServices: CUP,WEBEX"] {
        assert!(file.lines().any(|found| found == line), "{file}");
    }
    let empty = text(
        &target("[servers]\ntftp = [\"a\"]\n[jabber]\n"),
        "jabber/jabber-bootstrap.properties",
    );
    assert_eq!(empty.lines().filter(|line| line.ends_with(": NOT_SPECIFIED")).count(), 14);
    assert_eq!(empty.lines().count(), 15);
    assert!(empty.lines().any(|line| line == "ServicesDomain: NOT_SPECIFIED"), "{empty}");
}

#[test]
fn configuration_file_has_settings_in_their_sections() {
    let root = Element::root(&text(&target(FULL), "jabber/jabber-config.xml"));
    assert_eq!((root.name.as_str(), root.get("version")), ("config", "1.0"));
    let phone = root.child("Phone");
    assert_eq!(phone.child("TftpServer1").text, "10.1.1.1");
    assert_eq!(phone.child("TftpServer2").text, "10.1.1.2");
    assert_eq!(phone.child("CcmcipServer1").text, "cucm-pub.example.com");
    assert_eq!(root.child("Policies").child("VoiceServicesDomain").text, "voice.example.com");
}

#[test]
fn configuration_file_has_names_of_the_profile_whose_section_is_known() {
    let text_of = |value: &str| {
        format!(
            "[jabber]\n[values]\nA = {value}\nB = \"b\"\n\
             [names]\nA = {{ documented = \"a\", section = \"Voicemail\" }}\nB = \"b\"\n"
        )
    };
    let target_of = |value: &str| target(&text_of(value));
    let file = text(&target_of("\" <&\\\"' \\r\\n\""), "jabber/jabber-config.xml");
    let root = Element::root(&file);
    assert_eq!(root.child_names(), ["Voicemail"]);
    assert_eq!(root.child("Voicemail").child_names(), ["A"]);
    assert_eq!(root.child("Voicemail").child("A").text, " <&\"' \r\n");
    assert_eq!(bytes(&target_of("\"\\u0001\""), "jabber/jabber-config.xml"), None);
}

#[test]
fn url_has_the_services() {
    let url = text(&target(FULL), "jabber/url.txt");
    assert_eq!(
        url,
        "ciscojabber://provision?ServicesDomain=example.com&VoiceServicesDomain=voice.example.com\
         &ServiceDiscoveryExcludedServices=CUP,WEBEX&InvalidCertificateBehavior=RejectAndNotify\n"
    );
    let without_domain = target("[jabber]\ntelemetry = true\n");
    assert_eq!(bytes(&without_domain, "jabber/url.txt"), None);
}

#[test]
fn variable_of_a_shell_and_foreign_letter_are_refused() {
    let profile = target("[jabber]\nlog_directory = '%TEMP%\\ä'\n");
    let output = adr_provision::files(&profile);
    let refusals: Vec<_> = output.refusals.iter().map(ToString::to_string).collect();
    assert_eq!(
        refusals,
        [
            "the command line of the installer cannot hold `LOG_DIRECTORY`: its value has `%` (U+0025)",
            "Jabber's bootstrap file cannot hold `LOG_DIRECTORY`: its value has `ä` (U+00E4)",
        ]
    );
}

#[test]
fn undo_of_the_bootstrap_file_fails_if_the_file_stays() {
    let script = text(&target(FULL), "jabber/jabber-bootstrap-remove.bat");
    let lines: Vec<_> = script.lines().collect();
    let is_there = lines[1].strip_suffix(lines[1].split_once(" del ").unwrap().1).unwrap();
    let is_there = is_there.strip_suffix(" del ").unwrap();
    assert_eq!(lines[2], format!("{is_there} exit /b 1"), "{script}");
}

#[test]
fn template_of_cme_has_lines_and_their_undo() {
    assert_eq!(
        text(&target(FULL), "cme/template.txt"),
        "! phones use the template after `template 3` in their `voice register pool`,\n\
         ! and `create profile` in `voice register global` writes their files again\n\
         voice register template 3\n url AppDialRule http://10.1.1.1:6970/AppDialRules.xml\n \
         url DirLookupRule tftp://10.1.1.1/DirLookupRules.xml\n"
    );
    assert_eq!(
        text(&target(FULL), "cme/template-remove.txt"),
        "voice register template 3\n no url AppDialRule\n no url DirLookupRule\n"
    );
}
