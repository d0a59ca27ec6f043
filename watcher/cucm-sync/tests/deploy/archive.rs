//! The archive that a person uploads by hand.

use std::io::Read;

use adr_cucm_sync::deploy::archive::archive;
use adr_cucm_sync::deploy::paths;

use crate::plan::{plan, source};
use crate::world::deployed;

#[test]
fn same_plan_gives_the_same_bytes() {
    let archive = |prefix: &str| archive(&plan(&source(prefix))).unwrap();
    assert_eq!(archive("9"), archive("9"));
    assert_ne!(archive("9"), archive("8"));
}

#[test]
fn archive_has_the_files_of_the_default_view_and_the_clicks() {
    let site = "site \"Dallas\" {\n  clients 10.20.0.0/16\n  application {\n    \
                rule \"Local, Dallas\" { begins-with 5; digits 7; prefix 8 }\n  }\n}\n";
    let bytes = archive(&plan(&format!("{}{site}", source("9")))).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut expected: Vec<String> = paths().iter().map(|path| (*path).to_owned()).collect();
    expected.push("CLICKS.txt".to_owned());
    expected.sort();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
    let mut text = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    assert_eq!(text("CUPC/AppDialRules.xml").into_bytes(), deployed("9"));
    assert_eq!(text("AppDialRules.xml").into_bytes(), deployed("9"));
    assert!(text("CLICKS.txt").contains("TFTP File Management"));
}
