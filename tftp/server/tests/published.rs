//! A published folder is read as one generation, whatever happens to it meanwhile.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test publishes into a folder, and fails by panicking"
)]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use adr_server::load;
use adr_tree::{Case, FORMAT_VERSION, Manifest, ManifestFile, ManifestView};

const NAMES: [&str; 2] = ["AppDialRules.xml", "CUPC/AppDialRules.xml"];

/// Bytes that tell their generation, of a length that does as well.
fn content(generation: u64) -> Vec<u8> {
    format!("{generation}\n")
        .repeat(generation as usize % 50 + 1)
        .into_bytes()
}

fn manifest(generation: u64) -> Manifest {
    let view = ManifestView {
        name: None,
        folder: String::new(),
        networks: Vec::new(),
    };
    Manifest {
        format_version: FORMAT_VERSION,
        generation,
        tool: "test".to_owned(),
        views: vec![view],
        files: NAMES
            .map(|name| ManifestFile::of(name, &content(generation)))
            .to_vec(),
    }
}

/// Publishes as the watcher does: everything aside, then one switch; two generations stay.
fn publish(folder: &Path, generation: u64) {
    let place = folder.join("generations").join(generation.to_string());
    fs::create_dir_all(place.join("CUPC")).unwrap();
    for name in NAMES {
        fs::write(place.join(name), content(generation)).unwrap();
    }
    fs::write(place.join("manifest.json"), manifest(generation).to_json()).unwrap();
    let aside = folder.join(".link");
    std::os::unix::fs::symlink(format!("generations/{generation}"), &aside).unwrap();
    fs::rename(&aside, folder.join("current")).unwrap();
    if let Some(old) = generation.checked_sub(2) {
        let _ = fs::remove_dir_all(folder.join("generations").join(old.to_string()));
    }
}

fn generation(folder: &Path) -> Result<u64, String> {
    let loaded = load(folder).map_err(|error| error.to_string())?;
    let view = loaded.tree().view("10.0.0.1".parse().unwrap());
    let generation = loaded.tree().generation();
    for name in NAMES {
        let file = view.file(name, Case::Exact).unwrap();
        assert_eq!(file.bytes(), &content(generation), "a mixture");
    }
    Ok(generation)
}

#[test]
fn a_published_folder_is_read() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), 1);
    assert_eq!(generation(folder.path()), Ok(1));
    publish(folder.path(), 2);
    assert_eq!(generation(folder.path()), Ok(2));
    // a generation's own folder, as somebody copied it
    assert_eq!(generation(&folder.path().join("generations/1")), Ok(1));
}

#[test]
fn what_is_damaged_is_refused_as_a_whole() {
    type Damage = fn(&Path);
    let damages: [(Damage, &str); 8] = [
        (
            |place| fs::remove_file(place.join("manifest.json")).unwrap(),
            "no such file",
        ),
        (
            |place| fs::write(place.join("manifest.json"), "").unwrap(),
            "not a manifest",
        ),
        (
            |place| {
                let text = manifest(7).to_json();
                fs::write(place.join("manifest.json"), &text[..text.len() / 2]).unwrap();
            },
            "not a manifest",
        ),
        // stale: the files are of another generation
        (
            |place| fs::write(place.join("manifest.json"), manifest(6).to_json()).unwrap(),
            "the manifest says",
        ),
        (
            |place| fs::remove_file(place.join(NAMES[1])).unwrap(),
            "no such file",
        ),
        (
            |place| fs::write(place.join(NAMES[1]), "7\n").unwrap(),
            "the manifest says",
        ),
        (
            |place| {
                let mut bytes = content(7);
                bytes[3] = b'8';
                fs::write(place.join(NAMES[0]), bytes).unwrap();
            },
            "SHA-256",
        ),
        (
            |place| {
                fs::remove_file(place.join(NAMES[0])).unwrap();
                fs::create_dir(place.join(NAMES[0])).unwrap();
            },
            "not a file",
        ),
    ];
    for (damage, told) in damages {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), 7);
        damage(&folder.path().join("generations/7"));
        let error = generation(folder.path()).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn an_empty_folder_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let error = generation(folder.path()).unwrap_err();
    assert!(
        error.contains("manifest.json") && error.contains("adrc compile"),
        "{error}"
    );
}

#[test]
fn a_switch_while_loading_mixes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), 1);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for generation in 2..300 {
                publish(folder.path(), generation);
            }
            done.store(true, Ordering::Relaxed);
        });
        let mut last = 0;
        while !done.load(Ordering::Relaxed) {
            // a reader that is outrun five times in a row may be refused, but never gets a mixture or an old one
            if let Ok(now) = generation(folder.path()) {
                assert!(now >= last, "{now} after {last}");
                last = now;
            }
        }
    });
    assert_eq!(generation(folder.path()), Ok(299));
}
