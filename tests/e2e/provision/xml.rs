//! XML files: well-formed for xmllint, and the rules of administrative templates.

use std::process::Command;

use adr_kit::needs;
use adr_provision::{Change, Content, Key, read_client_file};

use super::random_profile::Random;
use super::{EVERYTHING, outputs, profile, profiles, run, write};

/// Checks a template and its texts by the rules of the published schema that concern them. Prints
/// the key and the name of the value of each policy.
const TEMPLATE: &str = r#"
import re, sys
import xml.etree.ElementTree as tree
NS = "{http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions}"
admx, adml = tree.parse(sys.argv[1]).getroot(), tree.parse(sys.argv[2]).getroot()
assert admx.tag == NS + "policyDefinitions" and adml.tag == NS + "policyDefinitionResources"
for root in (admx, adml):
    assert re.fullmatch(r"[0-9]{1,4}\.[0-9]{1,5}", root.get("revision")), root.attrib
    assert re.fullmatch(r"[0-9]{1,4}\.[0-9]{1,5}", root.get("schemaVersion")), root.attrib
order = [child.tag[len(NS):] for child in admx]
allowed = ["policyNamespaces", "supersededAdm", "annotation", "resources", "supportedOn", "categories", "policies"]
assert order == [name for name in allowed if name in order], order
for needed in ("policyNamespaces", "resources"):
    assert needed in order, needed
target = admx.find(f"{NS}policyNamespaces/{NS}target")
assert re.fullmatch(r"[A-Za-z][\w.-]*", target.get("prefix")) and target.get("namespace")
order = [child.tag[len(NS):] for child in adml]
assert order == ["displayName", "description", "resources"], order
strings = {it.get("id"): it.text for it in adml.iter(NS + "string")}
presentations = {it.get("id"): it for it in adml.iter(NS + "presentation")}
assert len(strings) == len(list(adml.iter(NS + "string"))), "ids are unique"
used = set()
for element in admx.iter():
    for value in element.attrib.values():
        for kind, name in re.findall(r"\$\((string|presentation)\.([^)]*)\)", value):
            assert name in (strings if kind == "string" else presentations), value
            assert re.fullmatch(r"[\w.-]+", name), name
            used.add((kind, name))
assert {name for kind, name in used if kind == "string"} == set(strings), "no string is unused"
categories = {it.get("name") for it in admx.iter(NS + "category")}
supported = {it.get("name") for it in admx.iter(NS + "definition")}
names = [it.get("name") for it in admx.iter(NS + "policy")]
assert len(names) == len({name.lower() for name in names}), "names of policies are unique"
for policy in admx.iter(NS + "policy"):
    assert policy.get("class") in ("User", "Machine", "Both")
    assert policy.get("key") and not policy.get("key").startswith("\\")
    assert re.fullmatch(r"[A-Za-z_][\w.-]*", policy.get("name")), policy.get("name")
    assert policy.find(NS + "parentCategory").get("ref") in categories
    assert policy.find(NS + "supportedOn").get("ref") in supported
    order = [child.tag[len(NS):] for child in policy]
    assert order == ["parentCategory", "supportedOn", "elements"], order
    presentation = presentations[re.search(r"\.([^)]*)\)", policy.get("presentation"))[1]]
    shown = {it.get("refId") for it in presentation}
    for text in policy.find(NS + "elements"):
        assert text.tag == NS + "text" and text.get("id") in shown
        assert 1 <= int(text.get("maxLength")) <= 2147483647
        print(policy.get("key") + "\t" + text.get("valueName"))
"#;

#[test]
fn xml_files_are_well_formed() {
    needs!("xmllint");
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::of_run();
    let texts = (0..profiles()).map(|_| random.profile()).chain([EVERYTHING.to_owned()]);
    let mut paths = Vec::new();
    for (at, text) in texts.enumerate() {
        let below = folder.path().join(at.to_string());
        for ending in [".xml", ".admx", ".adml"] {
            let written = write(&below, &profile(&text), ending);
            paths.extend(written.iter().map(|path| below.join(path)));
        }
    }
    assert!(paths.len() > profiles(), "{}", paths.len());
    for part in paths.chunks(500) {
        let (succeeded, text) =
            run(Command::new("xmllint").args(["--noout", "--nonet"]).args(part));
        assert!(succeeded, "{text}");
    }
}

#[test]
fn administrative_template_follows_the_rules_of_its_schema() {
    needs!("python3");
    let mut random = Random::of_run();
    let texts = (0..20).map(|_| random.profile()).chain([EVERYTHING.to_owned()]);
    let mut templates = 0;
    for text in texts {
        let folder = tempfile::tempdir().unwrap();
        let profile = profile(&text);
        let (admx, adml) =
            (write(folder.path(), &profile, ".admx"), write(folder.path(), &profile, ".adml"));
        let ([admx], [adml]) = (admx.as_slice(), adml.as_slice()) else {
            // a format refuses names with characters that XML does not have
            continue;
        };
        templates += 1;
        let mut python = Command::new("python3");
        python.args(["-c", TEMPLATE, admx, adml]).current_dir(folder.path());
        let (succeeded, text) = run(&mut python);
        assert!(succeeded, "{text}");
        let target = &profile.targets()[0];
        for (name, _) in target.settings().iter() {
            let line = format!("{}\t{}", Key::Policies.path(), name.as_str());
            assert!(text.lines().any(|it| it == line), "{line} is missing in {text}");
        }
    }
    assert!(templates > 10, "{templates}");
}

#[test]
fn jabber_configuration_has_the_servers_of_the_profile() {
    needs!("xmllint");
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &profile(EVERYTHING), "jabber-config.xml");
    let path = folder.path().join("jabber/jabber-config.xml");
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--xpath", "string(/config/*/TftpServer1)"]).arg(path);
    let (succeeded, text) = run(&mut xmllint);
    assert!(succeeded && text.trim() == "10.1.1.1", "{text}");
}

#[test]
fn readers_of_adrc_give_back_what_its_writers_wrote() {
    let mut random = Random::of_run();
    for _ in 0..profiles() {
        let text = random.profile();
        let profile = profile(&text);
        for output in outputs(&profile) {
            for file in output
                .files
                .iter()
                .filter(|it| it.path == "csf.reg" || it.path == "local-policy/User/Registry.pol")
            {
                let read =
                    read_client_file(&file.path, &file.bytes, &mut adr_diagnostic::Sources::new());
                assert!(read.report.is_empty(), "{:?}\n{text}", read.report);
                let Some(Content::Registry(changes)) = read.content else { panic!("{text}") };
                let found = changes.into_iter().filter_map(|it| match it.change {
                    Change::Set { name, data, .. } => {
                        Some((it.key, name, data.as_text().unwrap().to_owned()))
                    }
                    _ => None,
                });
                let keys = profile.targets()[0].registry_keys();
                let expected = keys.iter().flat_map(|key| {
                    key.values.iter().map(|(name, value)| {
                        (key.path.to_owned(), (*name).to_owned(), (*value).to_owned())
                    })
                });
                assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{text}");
            }
        }
    }
}
