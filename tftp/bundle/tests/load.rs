//! Loading a tree, and rejecting it as a whole.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use adr_bundle::{Case, FORMAT_VERSION, FileError, Manifest, ManifestFile, ManifestView, Tree};

const DEFAULT: &[u8] = b"<DialRules>default</DialRules>\n";
const DALLAS: &[u8] = b"<DialRules>Dallas</DialRules>\n";

fn view(name: Option<&str>, folder: &str, networks: &[&str]) -> ManifestView {
    ManifestView {
        name: name.map(str::to_owned),
        folder: folder.to_owned(),
        networks: networks.iter().map(|text| text.parse().unwrap()).collect(),
    }
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let files = [
        ("AppDialRules.xml", DEFAULT),
        ("CUPC/AppDialRules.xml", DEFAULT),
        ("sites/Dallas/AppDialRules.xml", DALLAS),
        ("sites/Dallas/CUPC/AppDialRules.xml", DALLAS),
    ];
    files.map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).into()
}

fn manifest() -> Manifest {
    let files = files();
    let entry = |(path, bytes): (&String, &Vec<u8>)| ManifestFile::of(path, bytes);
    Manifest {
        format_version: FORMAT_VERSION,
        generation: 7,
        tool: None,
        views: vec![
            view(None, "", &[]),
            view(Some("Dallas"), "sites/Dallas/", &["10.20.0.0/16", "2001:db8:20::/48"]),
        ],
        files: files.iter().map(entry).collect(),
    }
}

fn load(manifest: &Manifest, files: &BTreeMap<String, Vec<u8>>) -> Result<Tree, String> {
    let read = |entry: &ManifestFile| files.get(&entry.path).cloned().ok_or(FileError::Missing);
    Tree::load(manifest.to_json().into_bytes(), None, read).map_err(|error| error.to_string())
}

#[test]
fn address_decides_the_view() {
    let tree = load(&manifest(), &files()).unwrap();
    let rules = |client: &str| {
        let view = tree.view(client.parse().unwrap());
        view.file("CUPC/AppDialRules.xml", Case::Exact).unwrap().bytes().clone()
    };
    assert_eq!(rules("10.20.3.4"), DALLAS);
    assert_eq!(rules("::ffff:10.20.3.4"), DALLAS);
    assert_eq!(rules("2001:db8:20::1"), DALLAS);
    assert_eq!(rules("10.21.0.1"), DEFAULT);
}

#[test]
fn default_view_does_not_contain_site_folders() {
    let tree = load(&manifest(), &files()).unwrap();
    let outside = tree.view("192.0.2.1".parse().unwrap());
    assert!(outside.file("sites/Dallas/AppDialRules.xml", Case::Insensitive).is_none());
    let mut names: Vec<_> = outside.names().collect();
    names.sort_unstable();
    assert_eq!(names, ["AppDialRules.xml", "CUPC/AppDialRules.xml", "manifest.json"]);
}

#[test]
fn names_are_compared_exactly_by_default() {
    let tree = load(&manifest(), &files()).unwrap();
    let view = tree.view("192.0.2.1".parse().unwrap());
    assert!(view.file("cupc/appdialrules.XML", Case::Exact).is_none());
    assert!(view.file("cupc/appdialrules.XML", Case::Insensitive).is_some());
}

#[test]
fn manifest_and_signature_are_files_of_every_view() {
    let manifest = manifest();
    let files = files();
    let read = |entry: &ManifestFile| Ok(files[&entry.path].clone());
    let text = manifest.to_json().into_bytes();
    let tree = Tree::load(text.clone(), Some(b"signed".to_vec()), read).unwrap();
    let view = tree.view("10.20.0.1".parse().unwrap());
    assert_eq!(view.file("manifest.json", Case::Exact).unwrap().bytes(), &text);
    assert_eq!(view.file("manifest.json.minisig", Case::Exact).unwrap().bytes(), "signed");
}

#[test]
fn damaged_file_rejects_the_tree() {
    let path = "sites/Dallas/CUPC/AppDialRules.xml";
    let mut missing = files();
    missing.remove(path);
    assert_eq!(load(&manifest(), &missing).unwrap_err(), format!("{path}: the file is missing"));
    let mut short = files();
    short.get_mut(path).unwrap().pop();
    let message = format!("{path}: 29 bytes, and the manifest says 30");
    assert_eq!(load(&manifest(), &short).unwrap_err(), message);
    let mut other = files();
    other.get_mut(path).unwrap()[0] = b' ';
    let message = format!("{path}: its SHA-256 is not the one in the manifest");
    assert_eq!(load(&manifest(), &other).unwrap_err(), message);
}

#[test]
fn truncated_manifest_is_rejected() {
    let files = files();
    let text = manifest().to_json().into_bytes();
    for end in 0..text.len() - 1 {
        let read = |entry: &ManifestFile| Ok(files[&entry.path].clone());
        assert!(Tree::load(text[..end].to_vec(), None, read).is_err(), "{end}");
    }
}

#[test]
fn inconsistent_manifest_is_rejected() {
    type Break = fn(&mut Manifest);
    let breaks: [(Break, &str); 8] = [
        (|manifest| manifest.views.clear(), "first view"),
        (|manifest| manifest.views.swap(0, 1), "first view"),
        (|manifest| manifest.views[1].name = None, "two default views"),
        (|manifest| manifest.views[1].folder.clear(), "has no folder"),
        (|manifest| manifest.views.push(view(Some("Dallas"), "x/", &[])), "two sites"),
        (|manifest| manifest.views.push(view(Some("x"), "sites/Dallas/", &[])), "two sites"),
        (
            |manifest| {
                manifest.views.push(view(Some("x"), "x/", &["10.20.9.9/16"]));
            },
            "belongs to two views",
        ),
        (|manifest| manifest.files.push(manifest.files[0].clone()), "names it twice"),
    ];
    for (break_it, message) in breaks {
        let mut manifest = manifest();
        break_it(&mut manifest);
        let error = load(&manifest, &files()).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn impossible_size_is_rejected_before_reading() {
    let mut manifest = manifest();
    manifest.files[0].size = u64::MAX;
    let read = |_: &ManifestFile| -> Result<Vec<u8>, FileError> { panic!("it reads") };
    let error = Tree::load(manifest.to_json().into_bytes(), None, read).unwrap_err();
    assert!(error.to_string().contains("at most"), "{error}");
}
