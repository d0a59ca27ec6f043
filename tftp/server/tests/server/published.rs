//! Loading a published folder, also while it changes.
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use adr_bundle::{Case, FORMAT_VERSION, Manifest, ManifestFile, ManifestView};
use adr_kit::wait::TIMEOUT;
use adr_server::load;
use rustix::fs::{CWD, FileType, Mode, mknodat};

const NAMES: [&str; 2] = ["AppDialRules.xml", "CUPC/AppDialRules.xml"];

/// Content whose bytes and length depend on the generation.
fn content(generation: u64) -> Vec<u8> {
    format!("{generation}\n").repeat(generation as usize % 50 + 1).into_bytes()
}

fn manifest(generation: u64) -> Manifest {
    let view = ManifestView { name: None, folder: String::new(), networks: Vec::new() };
    Manifest {
        format_version: FORMAT_VERSION,
        generation,
        tool: None,
        views: vec![view],
        files: NAMES.map(|name| ManifestFile::of(name, &content(generation))).to_vec(),
    }
}

/// Publishes as the watcher does: writes the generation aside, then switches one link, or one
/// pointer file in every other generation. Two generations are kept.
fn publish(folder: &Path, generation: u64) {
    let place = folder.join("generations").join(generation.to_string());
    fs::create_dir_all(place.join("CUPC")).unwrap();
    for name in NAMES {
        fs::write(place.join(name), content(generation)).unwrap();
    }
    fs::write(place.join("manifest.json"), manifest(generation).to_json()).unwrap();
    let aside = folder.join(".link");
    let target = format!("generations/{generation}");
    match generation % 2 {
        0 => fs::write(&aside, target + "\n").unwrap(),
        _ => std::os::unix::fs::symlink(target, &aside).unwrap(),
    }
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
        assert_eq!(file.bytes(), &content(generation), "generations are mixed");
    }
    Ok(generation)
}

#[test]
fn published_folder_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), 1);
    assert_eq!(generation(folder.path()), Ok(1));
    publish(folder.path(), 2);
    assert_eq!(generation(folder.path()), Ok(2));
    // the folder of one generation, as in a copy
    assert_eq!(generation(&folder.path().join("generations/1")), Ok(1));
}

#[test]
fn damaged_folder_is_rejected_as_a_whole() {
    type Damage = fn(&Path);
    let damages: [(Damage, &str); 8] = [
        (|place| fs::remove_file(place.join("manifest.json")).unwrap(), "no such file"),
        (|place| fs::write(place.join("manifest.json"), "").unwrap(), "not a manifest"),
        (
            |place| {
                let text = manifest(7).to_json();
                fs::write(place.join("manifest.json"), &text[..text.len() / 2]).unwrap();
            },
            "not a manifest",
        ),
        // a stale manifest, whose files are of another generation
        (
            |place| fs::write(place.join("manifest.json"), manifest(6).to_json()).unwrap(),
            "the manifest says",
        ),
        (|place| fs::remove_file(place.join(NAMES[1])).unwrap(), "no such file"),
        (|place| fs::write(place.join(NAMES[1]), "7\n").unwrap(), "the manifest says"),
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
            "not a regular file",
        ),
    ];
    for (damage, message) in damages {
        let folder = tempfile::tempdir().unwrap();
        publish(folder.path(), 7);
        damage(&folder.path().join("generations/7"));
        let error = generation(folder.path()).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}

/// A pipe, a link or a device in a published folder is an error and must not block: the thread that
/// loads the folder may also serve HTTP and handle signals.
#[test]
fn special_file_is_rejected_without_blocking() {
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("file");
    type Make = fn(&Path, &Path);
    let make: [(Make, &str); 3] = [
        (
            |path, _| {
                let mode = Mode::from_raw_mode(0o600);
                mknodat(CWD, path, FileType::Fifo, mode, 0).unwrap();
            },
            "not a regular file",
        ),
        (|path, file| std::os::unix::fs::symlink(file, path).unwrap(), "a symbolic link"),
        (|path, _| std::os::unix::fs::symlink("/dev/zero", path).unwrap(), "a symbolic link"),
    ];
    for (make, message) in make {
        for name in ["manifest.json", "manifest.json.minisig", NAMES[0], "CUPC"] {
            let folder = tempfile::tempdir().unwrap();
            publish(folder.path(), 7);
            let path = folder.path().join("generations/7").join(name);
            let _ = fs::copy(&path, &file);
            let _ = fs::remove_file(&path);
            let _ = fs::remove_dir_all(&path);
            make(&path, &file);
            let place = folder.path().to_owned();
            let (send, receive) = std::sync::mpsc::channel();
            std::thread::spawn(move || send.send(generation(&place)));
            let loaded = receive.recv_timeout(TIMEOUT);
            let error = loaded.expect("loading blocks").unwrap_err();
            let is_folder = name == "CUPC" && error.contains("is not a folder");
            assert!(error.contains(message) || is_folder, "{name}: {error}");
        }
    }
}

#[test]
fn pointer_file_out_of_the_folder_is_rejected() {
    let inside = tempfile::tempdir().unwrap();
    publish(inside.path(), 8);
    for (text, expected) in [
        ("../8", "not a name inside the folder"),
        ("/etc", "not a name inside the folder"),
        ("", "not a line with the folder of a generation"),
        ("generations/9", "there is no such file"),
    ] {
        fs::write(inside.path().join("current"), text).unwrap();
        let error = generation(inside.path()).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

/// `current` is the only link that is followed, and only to a name inside the folder.
#[test]
fn link_out_of_the_folder_is_rejected() {
    let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    publish(outside.path(), 8);
    let away = outside.path().join("generations/8");
    for target in [away.to_str().unwrap(), "../8", "generations/../generations/7"] {
        publish(inside.path(), 7);
        let current = inside.path().join("current");
        fs::remove_file(&current).unwrap();
        std::os::unix::fs::symlink(target, &current).unwrap();
        let error = generation(inside.path()).unwrap_err();
        assert!(error.contains("not a name inside the folder"), "{error}");
    }
    // a second link is not followed either
    let generations = inside.path().join("generations");
    fs::remove_dir_all(&generations).unwrap();
    std::os::unix::fs::symlink(outside.path().join("generations"), &generations).unwrap();
    let current = inside.path().join("current");
    fs::remove_file(&current).unwrap();
    std::os::unix::fs::symlink("generations/8", &current).unwrap();
    let error = generation(inside.path()).unwrap_err();
    assert!(error.contains("a symbolic link"), "{error}");
}

#[test]
fn empty_folder_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let error = generation(folder.path()).unwrap_err();
    assert!(error.contains("manifest.json") && error.contains("adrc compile"), "{error}");
}

#[test]
fn switch_during_loading_mixes_no_generations() {
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
            // loading may fail after five switches, but never mixes generations or returns an old
            // one
            if let Ok(now) = generation(folder.path()) {
                assert!(now >= last, "{now} after {last}");
                last = now;
            }
        }
    });
    assert_eq!(generation(folder.path()), Ok(299));
}
