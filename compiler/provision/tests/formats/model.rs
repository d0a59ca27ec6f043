//! Random profiles with values that formats can easily get wrong.

use adr_diagnostic::Sources;
use adr_provision::{Output, Profile, SettingName, Target, files};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use toml::{Table, Value};

/// What a profile sets.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) keys: Vec<&'static str>,
    pub(crate) tftp: Vec<&'static str>,
    pub(crate) values: Vec<(String, String)>,
    pub(crate) site: Vec<(String, String)>,
    /// The servers of the site, if it has its own.
    pub(crate) site_tftp: Option<Vec<&'static str>>,
    /// The values of another site.
    pub(crate) other: Vec<(String, String)>,
    pub(crate) core: Option<Vec<String>>,
}

const SPECIAL: &[&str] = &[
    "%",
    "!",
    "^",
    "&",
    "\"",
    "'",
    "\\",
    "|",
    "<",
    ">",
    "(",
    ")",
    ";",
    ",",
    "=",
    " ",
    "[",
    "]",
    "{",
    "}",
    "*",
    "?",
    "`",
    "$",
    "@",
    "#",
    "~",
    "-",
    "/",
    ".",
    ":",
    "a",
    "Z",
    "0",
    "ä",
    "€",
    "😀",
    "ß",
    "\u{2018}",
    "\u{2019}",
    "\u{201c}",
    "\u{200b}",
    "\u{feff}",
    "\u{a0}",
    "\u{e0100}",
    "%%",
    "%0",
    "%PATH%",
    "%~dp0",
    "!PATH!",
    "^^",
    "\\\"",
    "\\\\",
    "$(",
    "]]>",
    "&amp;",
    "--",
    "**",
];

const CONTROL: &[&str] = &["\r", "\n", "\t", "\r\n", "\u{1}", "\u{7f}", "\u{85}", "\u{2028}"];

pub(crate) fn values() -> impl Strategy<Value = String> {
    let special = || vec(select(SPECIAL), 0..12).prop_map(|parts| parts.concat());
    let mixed = vec(prop_oneof![select(SPECIAL), select(CONTROL)], 0..12);
    prop_oneof![
        8 => special(),
        4 => mixed.prop_map(|parts| parts.concat()),
        4 => "[ -~]{0,20}",
        1 => any::<String>().prop_map(|text| text.replace('\0', "")),
        1 => (special(), 1_usize..400).prop_map(|(text, count)| {
            text.repeat(count).chars().take(2_000).collect()
        }),
    ]
}

fn names() -> impl Strategy<Value = String> {
    let special = vec(select(SPECIAL), 1..6).prop_map(|parts| parts.concat());
    // names of texts of the administrative template, if it adds the ends
    let texts = select(vec!["X", "X_Help", "X_Value", "Help_X", "ClientServicesFramework"]);
    let texts = texts.prop_map(str::to_owned);
    prop_oneof![4 => "[A-Za-z][A-Za-z0-9_]{0,12}", 2 => special, 1 => texts]
        .prop_filter("a name", |text| SettingName::new(text.as_str()).is_ok())
        .prop_filter("not a server", |text| {
            adr_provision::Names::built_in()
                .get(&SettingName::new(text.as_str()).unwrap())
                .is_none()
        })
}

/// Settings with different names.
fn settings() -> impl Strategy<Value = Vec<(String, String)>> {
    vec((names(), values()), 0..6).prop_map(|pairs| {
        let mut seen = std::collections::BTreeSet::new();
        let new =
            |(name, _): &(String, String)| seen.insert(SettingName::new(name.as_str()).unwrap());
        pairs.into_iter().filter(new).collect()
    })
}

pub(crate) fn models() -> impl Strategy<Value = Model> {
    let keys = select(vec![vec!["policies"], vec!["plain"], vec!["plain", "policies"]]);
    let servers = ["10.1.1.1", "cucm-pub.example.com", "2001:db8::1", "tftp_2"];
    let tftp = move || proptest::sample::subsequence(servers.to_vec(), 0..=2);
    let sites = (settings(), proptest::option::of(tftp()), settings());
    let argument =
        prop_oneof!["[ -~]{1,12}", vec(select(SPECIAL), 1..5).prop_map(|parts| parts.concat())];
    let argument = argument.prop_filter("plain", |text| !text.contains(char::is_control));
    // a command has no quotes in arguments, and at most one `%`
    let arguments = vec(argument, 0..3).prop_map(|arguments: Vec<String>| {
        let percent = arguments.concat().matches('%').count();
        let bad = |c: char| c == '"' || (c == '%' && percent > 1);
        arguments.iter().map(|argument| argument.replace(bad, "x")).collect()
    });
    let core = proptest::option::of(arguments);
    (keys, tftp(), settings(), sites, core).prop_map(|(keys, tftp, values, sites, core)| {
        let (site, site_tftp, other) = sites;
        Model { keys, tftp, values, site, site_tftp, other, core }
    })
}

impl Model {
    /// The profile as TOML.
    pub(crate) fn text(&self) -> String {
        let texts = |texts: &[&str]| {
            Value::Array(texts.iter().map(|text| Value::String((*text).to_owned())).collect())
        };
        let table = |pairs: &[(String, String)]| {
            let pairs = pairs.iter();
            let table = pairs.map(|(name, value)| (name.clone(), Value::String(value.clone())));
            Value::Table(table.collect())
        };
        let entries = |pairs: &[(&str, Value)]| -> Table {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let mut profile = entries(&[
            ("keys", texts(&self.keys)),
            ("servers", Value::Table(entries(&[("tftp", texts(&self.tftp))]))),
            ("values", table(&self.values)),
        ]);
        let mut sites = Table::new();
        let own = self.site_tftp.as_ref();
        if !self.site.is_empty() || own.is_some() {
            let mut site = entries(&[("values", table(&self.site))]);
            if let Some(own) = own {
                let servers = Value::Table(entries(&[("tftp", texts(own))]));
                site.insert("servers".to_owned(), servers);
            }
            sites.insert("branch".to_owned(), Value::Table(site));
        }
        if !self.other.is_empty() {
            let site = Value::Table(entries(&[("values", table(&self.other))]));
            sites.insert("other".to_owned(), site);
        }
        if !sites.is_empty() {
            profile.insert("site".to_owned(), Value::Table(sites));
        }
        if let Some(arguments) = &self.core {
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            let core = entries(&[
                ("program", Value::String(r"C:\Program Files\adrc\adrc.exe".to_owned())),
                ("arguments", texts(&arguments)),
            ]);
            profile.insert("core".to_owned(), Value::Table(core));
        }
        profile.to_string()
    }

    /// The profile as adrc reads it.
    pub(crate) fn profile(&self) -> Profile {
        profile(&self.text())
    }
}

/// Reads a profile without errors.
pub(crate) fn profile(text: &str) -> Profile {
    let (profile, report) = Profile::read(&mut Sources::new(), "provision.toml", text);
    profile.unwrap_or_else(|| panic!("{report:?}\n{text}"))
}

/// The only target of a profile without sites.
pub(crate) fn target(text: &str) -> Target {
    let profile = profile(text);
    assert_eq!(profile.targets().len(), 1);
    profile.targets()[0].clone()
}

/// The content of a file of a target; `None` if it is not written.
pub(crate) fn bytes(target: &Target, path: &str) -> Option<Vec<u8>> {
    bytes_of(&files(target), path)
}

/// The content of a file, whatever site it is for.
pub(crate) fn bytes_of(output: &Output, path: &str) -> Option<Vec<u8>> {
    let mut files = output.files.iter();
    let below = |path: &str| match path.strip_prefix("sites/") {
        Some(path) => path.split_once('/').expect("a folder").1.to_owned(),
        None => path.to_owned(),
    };
    files.find(|file| below(&file.path) == path).map(|file| file.bytes.clone())
}

/// A text file of a target.
pub(crate) fn text(target: &Target, path: &str) -> String {
    let bytes = bytes(target, path).unwrap_or_else(|| panic!("`{path}` is not written"));
    String::from_utf8(bytes).unwrap()
}
