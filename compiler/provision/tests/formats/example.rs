//! The example of the documentation: its files, and what they are for.

use adr_diagnostic::Sources;
use adr_provision::{Profile, files};

const EXAMPLE: &str = include_str!("../../../../rules/examples/provision/provision.toml");

#[test]
fn example_is_written_completely_and_without_findings() {
    let (profile, report) = Profile::read(&mut Sources::new(), "provision.toml", EXAMPLE);
    let notes: Vec<_> = report.diagnostics().iter().map(|it| it.name).collect();
    assert_eq!(notes, ["not-in-template"]);
    let profile = profile.unwrap();
    let outputs: Vec<_> = profile.targets().iter().map(files).collect();
    assert!(outputs.iter().all(|output| output.refusals.is_empty()));
    let paths: Vec<_> = outputs[0].files.iter().map(|file| file.path.as_str()).collect();
    let expected = [
        "csf.reg",
        "csf-remove.reg",
        "logon.bat",
        "logon-remove.bat",
        "csf.ps1",
        "csf-remove.ps1",
        "local-policy/User/Registry.pol",
        "local-policy-remove/User/Registry.pol",
        "policy-definitions/adrc-csf.admx",
        "policy-definitions/en-US/adrc-csf.adml",
        "preferences/Registry.xml",
        "preferences-remove/Registry.xml",
        "intune/template.json",
        "intune/settings.json",
        "intune/settings-remove.json",
        "intune/detect.ps1",
        "intune/remediate.ps1",
        "intune/remove-detect.ps1",
        "intune/remove-remediate.ps1",
        "jabber/install.txt",
        "jabber/uninstall.txt",
        "jabber/jabber-bootstrap.properties",
        "jabber/jabber-bootstrap-remove.bat",
        "jabber/jabber-config.xml",
        "jabber/url.txt",
        "cme/template.txt",
        "cme/template-remove.txt",
        "dhcp/isc-dhcpd.conf",
        "dhcp/kea.json",
        "dhcp/dnsmasq.conf",
        "dhcp/windows.bat",
        "dhcp/windows-remove.bat",
    ];
    assert_eq!(paths, expected);
    // the template serves all sites, and each site has a file of its own for dnsmasq
    let of_site = expected.iter().filter(|path| !path.contains("template.json"));
    let of_site = of_site.filter(|path| !path.starts_with("policy-definitions/"));
    let of_site: Vec<_> = of_site
        .map(|path| format!("sites/branch/{}", path.replace("dnsmasq.conf", "dnsmasq-branch.conf")))
        .collect();
    let paths: Vec<_> = outputs[1].files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, of_site);
    let cme = outputs[1].files.iter().find(|file| file.path.ends_with("cme/template.txt")).unwrap();
    let cme = String::from_utf8(cme.bytes.clone()).unwrap();
    assert!(cme.contains("template 2\n url AppDialRule http"), "{cme}");
}

/// The start that the guide shows for one PC is the one that files set.
#[test]
fn guide_and_logon_script_start_the_core_in_one_way() {
    let text = "[core]\nprogram = 'C:\\Program Files\\adrc\\adrc.exe'\n\
                arguments = [\"core\", \"--server\", \"http://tftp1:6970\"]\n";
    let script = crate::model::text(&crate::model::target(text), "logon.bat");
    let line = script.lines().find_map(|line| line.strip_suffix(" >nul")).unwrap();
    assert!(line.starts_with("reg add ") && line.contains(" /min "), "{line}");
    let guide = include_str!("../../../../docs/guides/windows.md");
    assert!(guide.lines().any(|it| it == line), "{line}");
}

/// The page lists every file, with its site's folder left out.
#[test]
fn reference_page_lists_every_file() {
    let page = include_str!("../../../../docs/reference/provision.md");
    let (profile, _) = Profile::read(&mut Sources::new(), "provision.toml", EXAMPLE);
    let output = files(&profile.unwrap().targets()[0]);
    for file in output.files {
        assert!(page.contains(&format!("`{}`", file.path)), "{}", file.path);
    }
}
