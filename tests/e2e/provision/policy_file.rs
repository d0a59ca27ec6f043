//! Registry.pol, read and written again by samba.

use std::path::Path;
use std::process::Command;

use super::random_profile::Random;
use super::{EVERYTHING, outputs, profile, profiles, run};

/// Debian's Python, for which the package python3-samba is.
const PYTHON: &str = "/usr/bin/python3";

/// Reads each file named on standard input, packs it again, and prints its entries.
const REPACK: &str = r#"
import json, sys
from samba.dcerpc import preg
from samba.ndr import ndr_pack, ndr_unpack
for path in sys.stdin.read().splitlines():
    data = open(path, "rb").read()
    policy = ndr_unpack(preg.file, data)
    assert ndr_pack(policy) == data, path
    print(json.dumps([[entry.keyname, entry.valuename, entry.type, entry.data] for entry in policy.entries]))
"#;

fn has_samba() -> bool {
    let found = Command::new(PYTHON).args(["-c", "import samba.dcerpc.preg"]).output();
    let is_there = found.is_ok_and(|output| output.status.success());
    adr_kit::optional::has("Debian's package python3-samba", is_there)
}

#[test]
fn samba_repacks_policy_files_byte_for_byte() {
    if !has_samba() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::of_run();
    let texts = (0..profiles()).map(|_| random.profile()).chain([EVERYTHING.to_owned()]);
    let mut expected = Vec::new();
    let mut paths = Vec::new();
    for (at, text) in texts.enumerate() {
        let profile = profile(&text);
        for output in outputs(&profile) {
            for file in output.files.iter().filter(|file| file.path.ends_with("Registry.pol")) {
                let path = folder.path().join(format!("{at}-{}", file.path.replace('/', "-")));
                std::fs::write(&path, &file.bytes).unwrap();
                expected.push(entries(&profile, file.path.contains("-remove")));
                paths.push((path, file.path.starts_with("sites/")));
            }
        }
    }
    let input: String = paths.iter().map(|(path, _)| format!("{}\n", path.display())).collect();
    let list = folder.path().join("list");
    std::fs::write(&list, input).unwrap();
    let (succeeded, text) = run(Command::new(PYTHON)
        .args(["-c", REPACK])
        .stdin(std::fs::File::open(Path::new(&list)).unwrap()));
    assert!(succeeded, "{text}");
    let read: Vec<&str> = text.lines().collect();
    assert_eq!(read.len(), expected.len());
    assert!(read.len() >= 2 * profiles(), "{}", read.len());
    for ((line, expected), (path, is_site)) in read.iter().zip(&expected).zip(&paths) {
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        if !is_site {
            assert_eq!(&read, expected, "{path:?}");
        }
    }
}

/// The entries that samba should see of the files for all PCs.
fn entries(profile: &adr_provision::Profile, removes: bool) -> serde_json::Value {
    let keys = profile.targets()[0].registry_keys();
    let entries = keys.iter().flat_map(|key| {
        key.values.iter().map(|(name, value)| match removes {
            true => serde_json::json!([key.path, format!("**Del.{name}"), 1, " "]),
            false => serde_json::json!([key.path, name, 1, value]),
        })
    });
    entries.collect()
}
