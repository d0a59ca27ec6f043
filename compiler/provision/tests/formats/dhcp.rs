//! DHCP options.

use serde_json::json;

use crate::model::{bytes, profile, target, text};

const BOTH: &str = "[servers]\ntftp = [\"10.1.1.1\", \"10.1.1.2\"]\n[dhcp]\n";

#[test]
fn options_are_written_for_each_server() {
    let target = target(BOTH);
    assert_eq!(
        text(&target, "dhcp/isc-dhcpd.conf"),
        "# Written by adrc.\noption adrc-tftp-servers code 150 = array of ip-address;\n\
         option adrc-tftp-servers 10.1.1.1, 10.1.1.2;\noption tftp-server-name \"10.1.1.1\";\n"
    );
    assert_eq!(
        text(&target, "dhcp/dnsmasq.conf"),
        "# Written by adrc.\ndhcp-option=150,10.1.1.1,10.1.1.2\ndhcp-option=66,\"10.1.1.1\"\n"
    );
    let kea: serde_json::Value = serde_json::from_str(&text(&target, "dhcp/kea.json")).unwrap();
    let data = &kea["Dhcp4"]["option-data"];
    let name = "adrc-tftp-servers";
    assert_eq!(
        data,
        &json!([
            { "name": name, "code": 150, "space": "dhcp4", "data": "10.1.1.1, 10.1.1.2" },
            { "name": "tftp-server-name", "code": 66, "space": "dhcp4", "data": "10.1.1.1" }
        ])
    );
    let netsh = text(&target, "dhcp/windows.bat");
    for line in [
        "netsh dhcp server set optionvalue 150 IPADDRESS 10.1.1.1 10.1.1.2",
        "netsh dhcp server set optionvalue 66 STRING \"10.1.1.1\"",
    ] {
        assert!(netsh.split("\r\n").any(|found| found == line), "{netsh}");
    }
}

#[test]
fn option_150_has_addresses_only() {
    let target = target("[servers]\ntftp = [\"tftp.example.com\", \"10.1.1.2\"]\n[dhcp]\n");
    let file = text(&target, "dhcp/dnsmasq.conf");
    assert_eq!(
        file,
        "# Written by adrc.\ndhcp-option=150,10.1.1.2\ndhcp-option=66,\"tftp.example.com\"\n"
    );
}

#[test]
fn option_without_a_value_is_not_written() {
    let name_only = target("[servers]\ntftp = [\"tftp\"]\n[dhcp]\noptions = [150]\n");
    assert_eq!(bytes(&name_only, "dhcp/dnsmasq.conf"), None);
    let one = target("[servers]\ntftp = [\"10.1.1.1\"]\n[dhcp]\noptions = [66]\n");
    let kea: serde_json::Value = serde_json::from_str(&text(&one, "dhcp/kea.json")).unwrap();
    assert_eq!(kea["Dhcp4"]["option-data"].as_array().unwrap().len(), 1);
    assert!(kea["Dhcp4"].get("option-def").is_none());
}

#[test]
fn option_that_a_site_inherits_is_a_warning() {
    let found = |site: &str| -> Vec<(&'static str, String)> {
        let text = format!("{BOTH}[site.branch]\n{site}");
        let mut sources = adr_diagnostic::Sources::new();
        let (_, report) = adr_provision::Profile::read(&mut sources, "provision.toml", &text);
        let warnings = report.diagnostics().iter().filter(|it| {
            assert!(!it.help.is_empty(), "{it:?}");
            it.severity == adr_diagnostic::Severity::Warning
        });
        let place = |it: &adr_diagnostic::Diagnostic| sources.slice(it.span().unwrap()).to_owned();
        warnings.map(|it| (it.name, place(it))).collect()
    };
    let inherited = |place: &str| ("inherited-dhcp-option", place.to_owned());
    assert_eq!(found("dhcp.options = [66]\n"), [inherited("dhcp")]);
    assert_eq!(found("dhcp.options = [150]\n"), [inherited("dhcp")]);
    let host = "servers.tftp = [\"tftp.example.com\"]\n";
    assert_eq!(found(&format!("{host}dhcp.options = [66]\n")), [inherited("dhcp")]);
    let left_out = ("host-in-option-150", "servers".to_owned());
    assert_eq!(found(host), [left_out, inherited("servers")]);
    assert_eq!(found("servers.tftp = []\n"), [inherited("servers"), inherited("servers")]);
    assert_eq!(found("servers.tftp = [\"10.2.1.1\"]\n"), []);
    assert_eq!(found("servers.cti = [\"10.2.1.1\"]\n"), []);
}

#[test]
fn site_has_values_only_and_the_definition_is_in_the_file_for_all() {
    let profile = profile(
        "[servers]\ntftp = [\"10.1.1.1\"]\n\
         [site.branch]\nservers.tftp = [\"10.2.1.1\"]\ndhcp = {}\n",
    );
    let [all, site] = profile.targets() else { panic!() };
    assert_eq!(
        text(all, "dhcp/isc-dhcpd.conf"),
        "# Written by adrc.\noption adrc-tftp-servers code 150 = array of ip-address;\n"
    );
    assert!(text(all, "dhcp/windows.bat").contains("add optiondef 150"));
    assert!(!text(all, "dhcp/windows.bat").contains("set optionvalue"));
    let isc = text(site, "dhcp/isc-dhcpd.conf");
    assert!(!isc.contains("code 150") && isc.contains("option adrc-tftp-servers 10.2.1.1;"));
    let lines = text(site, "dhcp/dnsmasq-branch.conf");
    assert!(lines.ends_with(
        "dhcp-option=tag:branch,150,10.2.1.1\ndhcp-option=tag:branch,66,\"10.2.1.1\"\n"
    ));
    let kea: serde_json::Value = serde_json::from_str(&text(site, "dhcp/kea.json")).unwrap();
    assert_eq!(kea[0]["data"], "10.2.1.1");
    for path in ["dhcp/windows.bat", "dhcp/windows-remove.bat"] {
        let script = text(site, path);
        assert!(!script.contains("optiondef"), "{script}");
        // without its scope, it changes nothing
        let before = script.find("netsh").unwrap();
        assert!(script[..before].contains("exit /b 1"), "{script}");
        assert_eq!(script.matches("netsh").count(), script.matches("server scope %~1 ").count());
    }
}
