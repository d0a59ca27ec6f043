//! Findings about profiles, and what profiles mean.

use adr_diagnostic::{Severity, Sources};
use adr_provision::{Key, Kind, Profile, Role};

use crate::model::profile;

/// Findings: name, the text at the first place, and the message.
fn findings(text: &str) -> Vec<(&'static str, String, String)> {
    let mut sources = Sources::new();
    let (_, report) = Profile::read(&mut sources, "provision.toml", text);
    // notes have a test of their own
    let found = report.diagnostics().iter().filter(|it| it.severity > Severity::Information);
    let found = found.map(|diagnostic| {
        let place = diagnostic.span().map(|span| sources.slice(span).to_owned());
        (diagnostic.name, place.unwrap_or_default(), diagnostic.message.clone())
    });
    found.collect()
}

/// The name and place of the only finding, whose message contains a text.
fn only(text: &str, message: &str) -> (&'static str, String) {
    let mut found = findings(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    let (name, place, found) = found.remove(0);
    assert!(found.contains(message), "{text}: {found}");
    (name, place)
}

const SERVER: &str = "servers.tftp = [\"10.1.1.1\"]\n";

#[test]
fn mistake_is_reported_at_its_place() {
    let cases = [
        ("[servers\n", "invalid-profile", "", "table"),
        ("sevrers = 1\n", "unknown-profile-key", "sevrers", "`sevrers` is not a setting"),
        ("jabber.clear = 1\n", "invalid-profile-value", "1", "`jabber.clear` is `1`"),
        ("jabber.mode = \"Phone\"\n", "invalid-profile-value", "\"Phone\"", "which is not known"),
        ("jabber.language = 0\n", "invalid-profile-value", "0", "`jabber.language` is `0`"),
        ("keys = \"both\"\n", "invalid-profile-value", "\"both\"", "`keys` is a text"),
        ("keys = []\n", "invalid-profile-value", "[]", "`keys` is empty"),
        ("servers.cti = [\"http://a\"]\n", "invalid-server", "\"http://a\"", "it is a URL"),
        (
            "servers.cti = [\"10.1.1.300\"]\n",
            "invalid-server",
            "\"10.1.1.300\"",
            "looks like an address",
        ),
        ("servers.cti = [\"a\", \"A\"]\n", "equal-servers", "\"A\"", "listed twice"),
        ("servers.cti = [\"a\", \"b\", \"c\"]\n", "invalid-profile-value", "\"c\"", "more than 2"),
        ("values.Foo = \"a\"\n", "unverified-name", "Foo", "confirms the name `Foo`"),
        ("values.CTIserver1 = \"a\"\n", "invalid-profile-value", "CTIserver1", "is a server"),
        ("cme = { template = 11 }\n", "invalid-profile-value", "11", "`cme.template` is `11`"),
        ("cme = {}\n", "invalid-profile-value", "{}", "`cme` has no `template`"),
        ("core = {}\n", "invalid-profile-value", "{}", "`core` has no `program`"),
        (
            "jabber.configuration_host = \"a\"\n",
            "setting-without-effect",
            "configuration_host",
            "only the phone mode",
        ),
        ("cme.template = 1\n", "setting-without-effect", "cme", "there is no URL"),
        ("dhcp.options = []\n", "setting-without-effect", "dhcp", "or no option"),
        ("dhcp.options = [67]\n", "invalid-profile-value", "67", "option 67 does not name"),
        ("site.CON = {}\n", "invalid-profile-value", "CON", "`CON` is not a site's name"),
        ("site.a.names = {}\n", "unknown-profile-key", "names", "`site.a.names` is not a setting"),
        (
            "dhcp = {}\nservers.cti = [\"x\"]\nsite.a.servers.tftp = [\"b\"]\n",
            "host-in-option-150",
            "servers",
            "leaves out `b`",
        ),
    ];
    for (text, name, place, message) in cases {
        let text = if text.contains("site.a.servers") || text == "[servers\n" {
            text.to_owned()
        } else {
            format!("{SERVER}{text}")
        };
        assert_eq!(only(&text, message), (name, place.to_owned()), "{text}");
    }
}

#[test]
fn settings_that_are_equal_without_case_are_reported() {
    let text = "[names]\nFoo = \"a\"\n[values]\nFoo = \"a\"\nfOO = \"b\"\n";
    let expected = ("duplicate-setting", "fOO".to_owned());
    assert_eq!(only(text, "`fOO` is set twice"), expected);
    let sites = "servers.cti = [\"a\"]\n[site.hq]\n[site.HQ]\n";
    assert_eq!(only(sites, "the site `hq` is there twice").0, "duplicate-setting");
}

#[test]
fn value_outside_of_the_limits_is_reported() {
    let names = "[names]\nA = \"a\"\n";
    for (value, message) in [
        ("\"a\\u0000\"".to_owned(), "U+0000"),
        (format!("\"{}\"", "a".repeat(16_385)), "at most 16384 characters, and this one has 16385"),
    ] {
        let found = only(&format!("{names}[values]\nA = {value}\n"), message);
        assert_eq!(found.0, "invalid-profile-value");
    }
    let longest = format!("{names}[values]\nA = \"{}\"\n", "a".repeat(16_384));
    assert_eq!(findings(&longest), []);
}

#[test]
fn profile_without_settings_is_a_warning() {
    assert_eq!(only("", "the profile sets nothing").0, "empty-profile");
    let finding = adr_provision::finding("empty-profile").unwrap();
    assert_eq!(finding.severity, Severity::Warning);
}

#[test]
fn site_has_its_own_settings_over_those_of_all() {
    let profile = profile(
        "keys = [\"plain\", \"policies\"]\n\
         [servers]\ntftp = [\"a\", \"b\"]\ncti = [\"c\"]\n\
         [names]\nFoo = \"x\"\nBar = { documented = \"y\", kind = \"server\" }\n\
         [values]\nFoo = \"1\"\nBar = \"d\"\n\
         [jabber]\nmode = \"phone\"\ntelemetry = true\n\
         [site.branch]\nkeys = [\"plain\"]\nservers.tftp = [\"e\"]\nvalues.FOO = \"2\"\n\
         jabber.telemetry = false\n",
    );
    let [all, site] = profile.targets() else { panic!() };
    let settings = |target: &adr_provision::Target| -> Vec<String> {
        target.settings().iter().map(|(name, value)| format!("{name}={}", value.as_str())).collect()
    };
    assert_eq!(settings(all), ["Bar=d", "CtiServer1=c", "Foo=1", "TftpServer1=a", "TftpServer2=b"]);
    assert_eq!(settings(site), ["Bar=d", "CtiServer1=c", "FOO=2", "TftpServer1=e"]);
    assert_eq!(all.keys(), [Key::Policies, Key::Plain]);
    assert_eq!(site.keys(), [Key::Plain]);
    let jabber = site.jabber().unwrap();
    assert_eq!((jabber.telemetry, jabber.mode), (Some(false), Some(adr_provision::Mode::Phone)));
    assert_eq!(profile.target(Some("branch")), Some(site));
    assert_eq!(profile.target(None), Some(all));
}

#[test]
fn name_of_the_profile_can_be_a_server_of_a_role() {
    let profile = profile(
        "[names]\nTftpServer3 = { documented = \"a\", role = \"tftp\" }\n\
         [servers]\ntftp = [\"a\", \"b\", \"c\"]\n",
    );
    let names: Vec<_> =
        profile.targets()[0].settings().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["TftpServer1", "TftpServer2", "TftpServer3"]);
}

#[test]
fn entry_of_a_built_in_name_replaces_only_what_it_has() {
    let profile = profile(
        "[names]\nTftpServer1 = \"our handbook\"\ntftpserver2 = { section = \"Other\" }\n\
         [servers]\ntftp = [\"10.1.1.1\"]\n",
    );
    let names: Vec<_> =
        profile.targets()[0].settings().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["TftpServer1"]);
    let known: Vec<_> = profile.names().of_role(Role::Tftp).collect();
    assert_eq!(known[0].documented, "our handbook");
    assert_eq!(known[0].section.as_deref(), Some("Phone"));
    assert_eq!((known[1].name.as_str(), known[1].kind), ("TftpServer2", Kind::Server));
    assert_eq!(known[1].section.as_deref(), Some("Other"));
    assert!(known[1].documented.starts_with("Parameters Reference Guide"));
}

#[test]
fn servers_go_to_names_in_the_order_of_their_numbers() {
    let profile = profile(
        "[names]\nTftpServer10 = { role = \"tftp\" }\nTftpServer03 = { role = \"tftp\" }\n\
         [servers]\ntftp = [\"a\", \"b\", \"c\", \"d\"]\n",
    );
    let mut found: Vec<_> = profile.targets()[0]
        .settings()
        .iter()
        .map(|(name, value)| (value.as_str().to_owned(), name.as_str().to_owned()))
        .collect();
    found.sort();
    let names: Vec<_> = found.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["TftpServer1", "TftpServer2", "TftpServer03", "TftpServer10"]);
}

#[test]
fn text_of_the_user_is_shown_without_control_characters() {
    let found = findings("values.\"a\\u001b[31m\" = \"x\"\n\"b\\u0007\" = 1\n");
    for (_, _, message) in &found {
        assert!(!message.contains(char::is_control), "{message:?}");
    }
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn setting_of_all_pcs_has_an_effect_if_one_site_uses_it() {
    let text = "servers.cti = [\"a\"]\ndhcp = {}\n\
                jabber.configuration_host = \"b\"\ncme.template = 1\n[site.one]\n\
                servers.tftp = [\"10.1.1.1\"]\njabber.mode = \"phone\"\n\
                cme.lookup_rules = \"http://a/b\"\n";
    assert_eq!(findings(text), []);
    let other = format!("{text}[site.two]\ndhcp.options = [66]\n");
    let expected = ("setting-without-effect", "dhcp".to_owned());
    assert_eq!(only(&other, "no DHCP file"), expected);
}

#[test]
fn cme_of_a_site_is_merged() {
    let profile = profile(
        "[cme]\ntemplate = 1\nlookup_rules = \"http://a/b\"\n[site.branch]\ncme.template = 2\n",
    );
    let cme = profile.targets()[1].cme().unwrap();
    assert_eq!((cme.template, cme.lookup_rules.is_some()), (2, true));
}

#[test]
fn keys_that_a_kind_of_file_cannot_write_are_a_note() {
    let notes = |text: &str| -> Vec<(&'static str, Option<String>)> {
        let mut sources = Sources::new();
        let (_, report) = Profile::read(&mut sources, "provision.toml", text);
        let found = report.diagnostics().iter().map(|it| {
            assert_eq!(it.severity, Severity::Information);
            assert!(!it.help.is_empty());
            (it.name, it.span().map(|span| sources.slice(span).to_owned()))
        });
        found.collect()
    };
    let at = |name, place: &str| (name, Some(place.to_owned()));
    let (script, template) = ("script-needs-administrator", "not-in-template");
    assert_eq!(notes(SERVER), [at(script, "servers")]);
    assert_eq!(notes(&format!("keys = [\"policies\"]\n{SERVER}")), []);
    assert_eq!(notes(&format!("keys = [\"plain\"]\n{SERVER}")), [at(template, "keys")]);
    let both = format!("keys = [\"plain\", \"policies\"]\n{SERVER}[site.a]\n");
    assert_eq!(notes(&both), [at(template, "keys")]);
    assert_eq!(notes("core.program = 'a'\n"), [at(template, "core")]);
}

#[test]
fn finding_about_the_form_of_a_profile_has_help() {
    for text in [
        "keys = []\n",
        "cme = {}\n",
        "core = {}\n",
        "dhcp.options = [67]\n",
        "[values]\n'a\\b' = \"c\"\n",
        "a b\n",
    ] {
        let (_, report) = Profile::read(&mut Sources::new(), "provision.toml", text);
        assert!(!report.is_empty());
        for found in report.diagnostics() {
            assert!(!found.help.is_empty(), "{text}: {found:?}");
        }
    }
}

#[test]
fn values_of_all_sites_together_have_a_limit() {
    let value = "x".repeat(16_000);
    let text = |sites: usize| {
        let values: String = (0..10).map(|at| format!("N{at} = \"{value}\"\n")).collect();
        let names: String = (0..10).map(|at| format!("N{at} = \"a\"\n")).collect();
        let sites: String = (0..sites).map(|at| format!("[site.s{at}]\n")).collect();
        format!("[names]\n{names}[values]\n{values}{sites}")
    };
    assert_eq!(findings(&text(20)), []);
    let names: String = (0..1_000).map(|at| format!("N{at} = \"a\"\n")).collect();
    let site = |at| format!("[site.s{at}.values]\n{}", names.replace('N', &format!("N{at}x")));
    let sites: String = (0..50).map(site).collect();
    let found = findings(&format!("{SERVER}{sites}"));
    let found: Vec<_> = found.iter().filter(|it| it.0 == "invalid-profile-value").collect();
    assert!(found.len() == 1 && found[0].2.contains("too many different names"), "{found:?}");
    let found = only(&text(1_000), "the values of all sites have more than 4 MiB");
    assert_eq!(found, ("invalid-profile-value", "s120".to_owned()));
}
