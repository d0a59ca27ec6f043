//! Documents and files from a broker: a generation is refused, or can be installed and loaded.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the test reads and writes folders"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use adr_bundle::{
    FORMAT_VERSION, FileError, Folder, Manifest, ManifestFile, ManifestView, SIGNATURE_FILE_NAME,
    Tree,
};
use adr_watcher::publication::{
    GenerationDocument, PublicationError, SealedGeneration, Unsealed, seal,
};
use adr_watcher::publish::Publisher;
use proptest::prelude::*;

const CONTENT: &[u8] = b"<DialRules/>\n";
const RECORD: &str = r#"{"format_version":2,"published":7}"#;

fn manifest(paths: &[&str]) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        generation: 7,
        tool: None,
        views: vec![ManifestView { name: None, folder: String::new(), networks: Vec::new() }],
        files: paths.iter().map(|path| ManifestFile::of(path, CONTENT)).collect(),
    }
}

fn document(manifest: &Manifest) -> GenerationDocument {
    let record = RECORD.to_owned();
    GenerationDocument { manifest: manifest.to_json(), signature: None, record }
}

fn open(document: GenerationDocument) -> Result<SealedGeneration, Unsealed> {
    SealedGeneration::open(document, |_| Ok(CONTENT.to_vec()))
}

#[track_caller]
fn assert_damaged(document: GenerationDocument, reason: &str) {
    match open(document) {
        Err(Unsealed::Damaged(found)) if found.contains(reason) => {}
        other => panic!("{reason}: {other:?}"),
    }
}

#[test]
fn paths_that_leave_the_folder_or_hide_adrcs_own_files_are_refused() {
    assert!(open(document(&manifest(&["AppDialRules.xml", "CUPC/AppDialRules.xml"]))).is_ok());
    let (long, deep) = ("x".repeat(300), "x/".repeat(600) + "x");
    let refused = [
        ("../x", "not a path inside"),
        ("/etc/passwd", "not a path inside"),
        ("a/../../x", "not a path inside"),
        ("c:x", "not a path inside"),
        ("manifest.json", "adrc's own"),
        ("Manifest.JSON", "adrc's own"),
        ("record.json", "adrc's own"),
        (SIGNATURE_FILE_NAME, "adrc's own"),
        ("record.json/x", "adrc's own"),
        ("a\nb", "control character"),
        (&long, "too long"),
        (&deep, "too long"),
    ];
    for (path, reason) in refused {
        assert_damaged(document(&manifest(&[path])), reason);
    }
    assert_damaged(document(&manifest(&["a", "a/b"])), "the name of its folder");
    assert_damaged(document(&manifest(&["a/b/c", "a"])), "the name of its folder");
    assert_damaged(document(&manifest(&["a", "a"])), "twice");
}

#[test]
fn limits_of_a_server_are_checked_before_anything_is_read() {
    let unread = |manifest: &Manifest| {
        let opened = SealedGeneration::open(document(manifest), |_| panic!("read"));
        assert!(matches!(opened, Err(Unsealed::Damaged(_))), "{opened:?}");
    };
    let mut large = manifest(&["a"]);
    large.files[0].size = u64::MAX;
    unread(&large);
    let paths: Vec<String> = (0..=adr_bundle::MAX_FILES).map(|at| at.to_string()).collect();
    unread(&manifest(&paths.iter().map(String::as_str).collect::<Vec<_>>()));
    unread(&Manifest { views: Vec::new(), ..manifest(&["a"]) });
    unread(&Manifest { generation: 0, ..manifest(&["a"]) });
    unread(&Manifest { format_version: 9, ..manifest(&["a"]) });
    let network = "10.0.0.0/8".parse().unwrap();
    let site = |name: &str| ManifestView {
        name: Some(name.to_owned()),
        folder: format!("sites/{name}/"),
        networks: vec![network],
    };
    let mut views = manifest(&["a"]);
    views.views.extend([site("a"), site("b")]);
    unread(&views);
}

#[test]
fn texts_that_are_too_large_or_not_a_record_are_refused() {
    let plain = document(&manifest(&["a"]));
    let record = |record: &str| GenerationDocument { record: record.to_owned(), ..plain.clone() };
    assert_damaged(record("{"), "not a record");
    assert_damaged(record("[]"), "not a record");
    assert!(open(record("")).is_ok(), "a copy by hand has no record");
    let signature = Some("x".repeat(20_000));
    assert_damaged(GenerationDocument { signature, ..plain.clone() }, "20000 bytes");
    assert_damaged(GenerationDocument { manifest: "{}".to_owned(), ..plain }, "manifest.json");
}

#[test]
fn file_of_another_content_or_without_an_answer_is_refused() {
    let manifest = manifest(&["a", "b"]);
    let open = |bytes: &'static [u8]| {
        SealedGeneration::open(document(&manifest), move |_| Ok(bytes.to_vec()))
    };
    assert!(matches!(open(b"<DialRules>>\n"), Err(Unsealed::Damaged(_))));
    assert!(matches!(open(b""), Err(Unsealed::Damaged(_))));
    let lost = PublicationError::Missing { name: "x".to_owned(), generation: 7 };
    let opened = SealedGeneration::open(document(&manifest), |_| Err(lost.clone()));
    assert!(matches!(opened, Err(Unsealed::Unread(error)) if error == lost));
    // equal files are read once
    let mut reads = 0;
    let opened = SealedGeneration::open(document(&manifest), |_| {
        reads += 1;
        Ok(CONTENT.to_vec())
    });
    assert_eq!((opened.unwrap().files().count(), reads), (2, 1));
}

/// All files below a folder, relative to it.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => open.push(entry.path()),
                false => {
                    found.insert(entry.path().strip_prefix(folder).unwrap().to_owned());
                }
            }
        }
    }
    found
}

fn path() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => "[a-c]{1,2}",
        1 => "[A-C.~ $%\u{e9}]{1,3}",
        1 => Just("current".to_owned()),
        1 => Just("generations".to_owned()),
        1 => Just(".lock".to_owned()),
        1 => Just("manifest.json".to_owned()),
        1 => Just("..".to_owned()),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"))
}

fn view() -> impl Strategy<Value = ManifestView> {
    let network = (any::<u32>(), 0u8..=32).prop_map(|(address, length)| {
        ipnet::IpNet::from(ipnet::Ipv4Net::new(address.into(), length).unwrap().trunc())
    });
    let folder = prop_oneof![Just("../".to_owned()), "[a-c]{0,2}/?"];
    (prop::option::of("[a-b]"), folder, prop::collection::vec(network, 0..2))
        .prop_map(|(name, folder, networks)| ManifestView { name, folder, networks })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// What is opened is written into one folder, and loaded by a server.
    #[test]
    fn hostile_manifest_is_refused_or_stays_in_its_folder_and_loads(
        paths in prop::collection::vec(path(), 0..5),
        views in prop::collection::vec(view(), 0..3),
        generation in prop_oneof![Just(0), Just(1), Just(u64::MAX), any::<u64>()],
        record in prop_oneof![Just(RECORD.to_owned()), Just(String::new()), ".{0,20}"],
        signature in prop::option::of(".{0,20}"),
    ) {
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let mut manifest = manifest(&paths);
        manifest.generation = generation;
        manifest.views.extend(views);
        let document = GenerationDocument { manifest: manifest.to_json(), signature, record };
        let Ok(sealed) = open(document) else { return Ok(()) };
        let above = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let folder = above.path().join("published");
        Publisher::new(&folder, "test", 0).install(&sealed).unwrap();
        prop_assert_eq!(&seal(&folder, generation).unwrap(), &sealed);
        let outside: Vec<_> = fs::read_dir(above.path()).unwrap().collect();
        prop_assert_eq!(outside.len(), 1);
        let own = Path::new("generations").join(generation.to_string());
        for file in files(&folder) {
            let is_own = file.starts_with(&own) || file.components().count() == 1;
            prop_assert!(is_own, "{:?}", file);
        }
        let current = Folder::current(&folder).unwrap();
        let loaded = Tree::load(current.read_manifest().unwrap(), None, |listed| {
            current.read_listed(listed).map_err(|_| FileError::Missing)
        });
        prop_assert_eq!(loaded.unwrap().generation(), generation);
    }

    #[test]
    fn any_text_is_refused_or_opened(manifest in ".{0,200}", record in ".{0,50}") {
        let _ = open(GenerationDocument { manifest, signature: None, record });
    }
}
