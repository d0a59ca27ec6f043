//! Administrative templates, Group Policy Preferences and Intune.

use std::collections::{BTreeMap, BTreeSet};

use adr_provision::{Format, HIVE, Key, Target, files};
use proptest::prelude::*;
use serde_json::Value;

use crate::model::{Model, bytes, models, profile, target, text};
use crate::registry::Registry;
use crate::xml::Element;

const NAMESPACE: &str = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions";

/// The values that a policy of a template sets: the name for each of its text elements.
type Template = BTreeMap<String, (String, BTreeMap<String, String>)>;

fn is_refused(target: &Target, format: Format) -> bool {
    files(target).refusals.iter().any(|refusal| refusal.format == format)
}

/// Reads a template by the rules of its schema: order of elements, references, unique names.
fn template(admx: &str) -> Template {
    let root = Element::root(admx);
    assert_eq!((root.name.as_str(), root.get("xmlns")), ("policyDefinitions", NAMESPACE));
    assert_eq!((root.get("revision"), root.get("schemaVersion")), ("1.0", "1.0"));
    let order = ["policyNamespaces", "resources", "supportedOn", "categories", "policies"];
    assert_eq!(root.child_names(), order);
    let namespace = root.child("policyNamespaces").child("target");
    assert!(!namespace.get("prefix").is_empty() && !namespace.get("namespace").is_empty());
    assert_eq!(root.child("resources").get("minRequiredRevision"), "1.0");
    let names = |element: &Element| -> BTreeSet<String> {
        element.children.iter().map(|child| child.get("name").to_owned()).collect()
    };
    let supported = names(root.child("supportedOn").child("definitions"));
    let categories = names(root.child("categories"));
    let mut policies = Template::new();
    for policy in &root.child("policies").children {
        assert_eq!((policy.name.as_str(), policy.get("class")), ("policy", "User"));
        assert_eq!(policy.child_names(), ["parentCategory", "supportedOn", "elements"]);
        assert!(categories.contains(policy.child("parentCategory").get("ref")));
        assert!(supported.contains(policy.child("supportedOn").get("ref")));
        let key = policy.get("key");
        // below another key, values would stay when the policy ends
        assert!(key.starts_with("Software\\Policies\\"), "{key}");
        let texts = &policy.child("elements").children;
        let texts = texts.iter().map(|element| {
            assert_eq!(element.name, "text");
            assert!(element.get("maxLength").parse::<u32>().unwrap() >= 16_384);
            (element.get("id").to_owned(), element.get("valueName").to_owned())
        });
        let name = policy.get("name");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{name}");
        policies.insert(name.to_ascii_lowercase(), (key.to_owned(), texts.collect()));
    }
    assert_eq!(policies.len(), root.child("policies").children.len());
    policies
}

/// Checks that the texts of a language have all that a template refers to.
fn check_language(admx: &str, adml: &str) {
    let (template, language) = (Element::root(admx), Element::root(adml));
    assert_eq!(language.name, "policyDefinitionResources");
    assert_eq!(language.get("xmlns"), NAMESPACE);
    assert_eq!(language.child_names(), ["displayName", "description", "resources"]);
    let resources = language.child("resources");
    assert_eq!(resources.child_names(), ["stringTable", "presentationTable"]);
    let by_id = |table: &str| -> BTreeMap<String, String> {
        let children = resources.child(table).children.iter();
        let found: BTreeMap<_, _> =
            children.map(|child| (child.get("id").to_owned(), child.text.clone())).collect();
        assert_eq!(found.len(), resources.child(table).children.len(), "unique ids");
        found
    };
    let (strings, presentations) = (by_id("stringTable"), by_id("presentationTable"));
    for element in template.all() {
        for attribute in ["displayName", "explainText"] {
            let Some(reference) = element.attribute(attribute) else { continue };
            let id = reference.strip_prefix("$(string.").unwrap().strip_suffix(')').unwrap();
            assert!(!strings[id].is_empty());
        }
        if let Some(reference) = element.attribute("presentation") {
            let id = reference.strip_prefix("$(presentation.").unwrap().strip_suffix(')').unwrap();
            assert!(presentations.contains_key(id));
        }
    }
    let ids = |root: &Element, name: &str, attribute: &str| -> BTreeSet<String> {
        let found = root.all().into_iter().filter(|element| element.name == name);
        found.map(|element| element.get(attribute).to_owned()).collect()
    };
    assert_eq!(ids(&template, "text", "id"), ids(&language, "textBox", "refId"));
}

/// Applies settings by OMA-URI through a template.
fn apply_oma(registry: &mut Registry, settings: &Value, template: &Template) {
    for setting in settings["omaSettings"].as_array().unwrap() {
        assert_eq!(setting["@odata.type"], "#microsoft.graph.omaSettingString");
        let uri = setting["omaUri"].as_str().unwrap();
        let prefix = "./User/Vendor/MSFT/Policy/Config/adrc~Policy~ClientServicesFramework/";
        let policy = uri.strip_prefix(prefix).expect(uri).to_ascii_lowercase();
        let (key, texts) = &template[&policy];
        let value = format!("<payload>{}</payload>", setting["value"].as_str().unwrap());
        let payload = Element::root(&value);
        if payload.child_names() == ["disabled"] {
            for name in texts.values() {
                registry.remove(key, name);
            }
            continue;
        }
        assert_eq!(payload.child_names(), ["enabled", "data"]);
        let data = payload.child("data");
        registry.set(key, &texts[data.get("id")], data.get("value"));
    }
}

/// Applies a file of preferences.
fn apply_preferences(registry: &mut Registry, text: &str) {
    let root = Element::root(text);
    assert_eq!(root.name, "RegistrySettings");
    let mut uids = BTreeSet::new();
    for item in &root.children {
        assert_eq!(item.get("clsid"), "{9CD4B2F4-923D-47f5-A062-E897DD1DAD50}");
        assert!(uids.insert(item.get("uid").to_owned()), "unique identifiers");
        let properties = item.child("Properties");
        assert_eq!((properties.get("hive"), properties.get("type")), (HIVE, "REG_SZ"));
        let (key, name, value) =
            (properties.get("key"), properties.get("name"), properties.get("value"));
        // Windows replaces variables in all three
        assert!([key, name, value].iter().all(|text| text.matches('%').count() < 2));
        match properties.get("action") {
            "U" => registry.set(key, name, value),
            // an item whose value is absent does nothing
            "D" => {
                registry.remove(key, name);
            }
            action => panic!("{action}"),
        }
    }
}

proptest! {
    #[test]
    fn template_keeps_the_rules_of_its_schema_and_has_every_name(model in models()) {
        let profile = model.profile();
        let target = &profile.targets()[0];
        let Some(admx) = bytes(target, "policy-definitions/adrc-csf.admx") else { return Ok(()) };
        let admx = String::from_utf8(admx).unwrap();
        let policies = template(&admx);
        check_language(&admx, &text(target, "policy-definitions/en-US/adrc-csf.adml"));
        let offered: BTreeSet<String> =
            policies.values().flat_map(|(_, texts)| texts.values().map(|it| it.to_lowercase())).collect();
        for target in profile.targets() {
            for (name, _) in target.settings().iter() {
                prop_assert!(offered.contains(&name.as_str().to_lowercase()), "{name}");
            }
        }
    }

    #[test]
    fn settings_of_intune_equal_the_model(model in models()) {
        let profile = model.profile();
        let Some(admx) = bytes(&profile.targets()[0], "policy-definitions/adrc-csf.admx") else {
            return Ok(());
        };
        let policies = template(&String::from_utf8(admx).unwrap());
        for target in profile.targets() {
            let Some(found) = bytes(target, "intune/settings.json") else { continue };
            let mut registry = Registry::default();
            apply_oma(&mut registry, &serde_json::from_slice(&found).unwrap(), &policies);
            let mut expected = Registry::default();
            for (name, value) in target.settings().iter() {
                expected.set(Key::Policies.path(), name.as_str(), value.as_str());
            }
            prop_assert_eq!(registry, expected);
        }
    }

    #[test]
    fn policies_of_a_site_remove_the_values_of_other_targets(model in models()) {
        // both can set the key of the policies alone
        let model = Model { keys: vec!["policies"], core: None, ..model };
        let profile = model.profile();
        let template = bytes(&profile.targets()[0], "policy-definitions/adrc-csf.admx");
        let Some(admx) = template else { return Ok(()) };
        let template = self::template(&String::from_utf8(admx).unwrap());
        let moved = Registry::of_moved_pcs(&profile, |registry, target| {
            let Some(file) = bytes(target, "intune/settings.json") else { return false };
            apply_oma(registry, &serde_json::from_slice(&file).unwrap(), &template);
            true
        });
        let preferences = Registry::of_moved_pcs(&profile, |registry, target| {
            let Some(file) = bytes(target, "preferences/Registry.xml") else { return false };
            apply_preferences(registry, &String::from_utf8(file).unwrap());
            true
        });
        for (found, expected) in moved.into_iter().chain(preferences) {
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn preferences_equal_the_model_or_are_refused(model in models()) {
        for target in model.profile().targets() {
            let expected = Registry::of(target);
            let set = bytes(target, "preferences/Registry.xml");
            let holds = |text: &str| {
                let bad = |c: char| c < ' ' && !"\t\r\n".contains(c) || "\u{fffe}\u{ffff}".contains(c);
                text.matches('%').count() < 2 && !text.contains(bad)
            };
            let keys = target.registry_keys();
            let mut removed = keys.iter().flat_map(|key| &key.removed);
            let mut all = keys.iter().flat_map(|key| &key.values);
            let possible = all.all(|(name, value)| holds(name) && holds(value))
                && removed.all(|name| holds(name));
            prop_assert_eq!(is_refused(target, Format::Preferences), !possible);
            prop_assert_eq!(set.is_some(), possible && !keys.is_empty());
            let Some(set) = set else { continue };
            let mut registry = Registry::default().with_bystander();
            apply_preferences(&mut registry, &String::from_utf8(set).unwrap());
            prop_assert_eq!(&registry, &expected.with_bystander());
            let remove = text(target, "preferences-remove/Registry.xml");
            apply_preferences(&mut registry, &remove);
            prop_assert_eq!(registry, Registry::default().with_bystander());
        }
    }
}

#[test]
fn template_is_the_same_for_all_sites_and_in_intune() {
    let profile = profile("[servers]\ntftp = [\"a\"]\n[site.b.values]\n\"Ä &\" = \"c\"\n");
    let admx = text(&profile.targets()[0], "policy-definitions/adrc-csf.admx");
    assert!(admx.contains("valueName=\"Ä &amp;\""), "{admx}");
    assert!(admx.contains("<text id=\"Setting__xC4__x20__x26__Value\""), "{admx}");
    let json = text(&profile.targets()[0], "intune/template.json");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["omaSettings"][0]["value"].as_str(), Some(admx.as_str()));
    let site = files(&profile.targets()[1]);
    let paths: Vec<_> = site.files.iter().map(|file| file.path.as_str()).collect();
    assert!(paths.iter().all(|path| path.starts_with("sites/b/")), "{paths:?}");
    assert!(!paths.iter().any(|path| path.ends_with(".admx") || path.ends_with("template.json")));
    assert!(paths.contains(&"sites/b/intune/settings.json"));
}

#[test]
fn names_that_are_equal_to_other_texts_of_the_template_have_their_own() {
    let names =
        ["TftpServer1_Help", "ClientServicesFramework", "X", "X_Help", "X_Value", "x__Help"];
    let values: String = names.iter().map(|name| format!("{name} = \"a\"\n")).collect();
    let target = target(&format!("servers.tftp = [\"a\"]\n[values]\n{values}"));
    let admx = text(&target, "policy-definitions/adrc-csf.admx");
    check_language(&admx, &text(&target, "policy-definitions/en-US/adrc-csf.adml"));
    assert!(template(&admx).len() >= names.len() + 6);
}

#[test]
fn empty_value_is_refused_where_the_template_requires_one() {
    let target = target("[values]\nA = \"\"\n");
    let output = files(&target);
    let refusals: Vec<_> = output.refusals.iter().map(ToString::to_string).collect();
    assert_eq!(refusals, ["a policy of Intune cannot hold `A`: its value is empty"]);
    assert_eq!(bytes(&target, "intune/settings.json"), None);
    assert!(bytes(&target, "intune/template.json").is_some());
    assert!(text(&target, "policy-definitions/adrc-csf.admx").contains("required=\"true\""));
}

#[test]
fn refusal_names_every_setting_with_its_place_and_files_once() {
    let text =
        "[values]\nA = \"a\\u0001\"\nB = \"\\u0002\"\n[site.b]\n[site.c.values]\nB = \"x\"\n";
    let mut sources = adr_diagnostic::Sources::new();
    let (profile, _) = adr_provision::Profile::read(&mut sources, "provision.toml", text);
    let profile = profile.unwrap();
    let refusals: Vec<_> =
        profile.targets().iter().flat_map(|target| files(target).refusals).collect();
    let report = adr_provision::refusal_findings(&refusals);
    let found: Vec<_> = report
        .diagnostics()
        .iter()
        .filter(|it| it.message.contains("Intune"))
        .map(|it| (sources.slice(it.span().unwrap()), it.message.as_str()))
        .collect();
    let expected = [
        (
            "A",
            "a policy of Intune cannot hold `A`: its value has U+0001 (invisible); not written: \
             `intune/settings.json`, `intune/settings-remove.json`, nor for 2 other sites",
        ),
        (
            "B",
            "a policy of Intune cannot hold `B`: its value has U+0002 (invisible); not written: \
             `intune/settings.json`, `intune/settings-remove.json`, nor for another site",
        ),
    ];
    assert_eq!(found, expected);
}

/// What [`adr_provision::Refusal::files`] says is what is missing.
#[test]
fn refused_files_are_those_that_are_written_otherwise() {
    let paths = |text: &str| -> BTreeSet<String> {
        let profile = profile(text);
        let output = files(&profile.targets()[0]);
        let refused = output.refusals.iter().flat_map(|it| it.files).map(|it| (*it).to_owned());
        let refused: BTreeSet<_> = refused.collect();
        let written = output.files.into_iter().map(|it| it.path);
        let all: BTreeSet<String> = refused.into_iter().chain(written).collect();
        all.into_iter().filter(|path| !path.starts_with("logon")).collect()
    };
    let text = |name: &str, value: &str| {
        format!(
            "[names]\n'{name}' = {{ documented = \"a{value}\", section = \"S\" }}\n\
             [values]\n'{name}' = \"{value}\"\n\
             [jabber]\nlog_directory = \"{}\"\n",
            if value == "b" { "c" } else { "%ä" }
        )
    };
    let all = paths(&text("A", "b"));
    for (name, value) in [("A", "\\u0001"), ("**A", "b"), ("PSPath", "%x%"), ("\u{ffff}", "b")] {
        assert_eq!(paths(&text(name, value)), all, "{name}");
    }
}

#[test]
fn text_about_a_name_that_xml_does_not_have_is_refused() {
    let target = target("[names]\nA = \"Guide\\u0001\"\n[values]\nA = \"b\"\n");
    let output = files(&target);
    let refusal = output.refusals.iter().find(|refusal| refusal.format == Format::Admx).unwrap();
    let expected = "an administrative template cannot hold `A`: the text where its name is \
                    documented has";
    assert!(refusal.to_string().starts_with(expected), "{refusal}");
    assert_eq!(refusal.help(), "change `documented` of this name in `[names]`");
}

#[test]
fn plain_key_alone_has_no_policies() {
    let target = target("keys = [\"plain\"]\n[servers]\ntftp = [\"a\"]\n");
    assert_eq!(bytes(&target, "policy-definitions/adrc-csf.admx"), None);
    assert_eq!(bytes(&target, "intune/settings.json"), None);
    assert!(bytes(&target, "intune/remediate.ps1").is_some());
}

#[test]
fn value_that_xml_does_not_have_is_refused() {
    let target = target("[values]\nA = \"a\\u0001\"\n");
    for (format, message) in [
        (Format::Preferences, "a file of Group Policy Preferences cannot hold `A`: its value has"),
        (Format::Intune, "a policy of Intune cannot hold `A`: its value has"),
    ] {
        let output = files(&target);
        let refusal = output.refusals.iter().find(|refusal| refusal.format == format).unwrap();
        assert!(refusal.to_string().starts_with(message), "{refusal}");
        assert_eq!(refusal.diagnostic().name, "unwritable-setting");
    }
    assert!(bytes(&target, "csf.reg").is_some());
}
