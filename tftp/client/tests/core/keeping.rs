//! The last good copy on disk, and reloads that come together.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use adr_client::core::{Core, Settings};
use adr_client::server::Server;

use crate::scripted::{Events, Scripted, dial, dials, eventually, prefix, quick};

fn nobody() -> Server {
    Server::parse("http://127.0.0.1:1/").unwrap()
}

fn with_cache(settings: Settings, folder: &Path) -> Settings {
    Settings { cache: Some(folder.join("cache")), ..settings }
}

/// A folder with the copy of generation 1 in it.
fn kept() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let server = Scripted::published();
    let core = Core::open(with_cache(server.settings(), folder.path())).unwrap();
    dials(&core, "1");
    eventually("is kept", || folder.path().join("cache/copy").is_file());
    folder
}

#[test]
fn the_last_good_copy_outlives_the_server() {
    let folder = kept();
    let core = Core::open(with_cache(quick(vec![nobody()]), folder.path())).unwrap();
    // at once, before anybody was asked
    assert_eq!(dial(&core, "5551212"), "15551212");
    let status = core.handle().status();
    assert!(status.from_cache && status.generation == 1, "{status:?}");
    assert!(core.remarks().is_empty());
}

#[test]
fn what_is_kept_forbids_the_way_back() {
    let folder = kept();
    let server = Scripted::new();
    server.script().publish_as(0, &prefix("9"), b"<DialRules/>");
    let core = Core::open(with_cache(server.settings(), folder.path())).unwrap();
    eventually("refuses", || core.handle().status().refused.is_some());
    assert_eq!(core.handle().status().refused.unwrap().reason.word(), "older");
    assert_eq!(dial(&core, "5551212"), "15551212");
}

#[test]
fn a_core_keeps_its_name() {
    let folder = kept();
    let name = || {
        Core::open(with_cache(quick(vec![nobody()]), folder.path()))
            .unwrap()
            .handle()
            .status()
            .client
    };
    let first = name();
    assert_eq!(first, name());
    assert_eq!(first.len(), 32);
    fs::write(folder.path().join("cache/client"), "Not A Name").unwrap();
    assert_ne!(name(), "Not A Name");
}

#[test]
fn a_damaged_copy_is_told_and_replaced() {
    let folder = kept();
    let path = folder.path().join("cache/copy");
    let good = fs::read(&path).unwrap();
    let mut damaged: Vec<Vec<u8>> =
        vec![Vec::new(), b"\n".to_vec(), b"<html/>".to_vec(), vec![0; 5000]];
    damaged.push(good[..good.len() - 1].to_vec());
    damaged.push([&good[..], b"x"].concat());
    for at in (0..good.len()).step_by(good.len() / 40) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        // the name of the server in the first line is hearsay
        let head = String::from_utf8_lossy(&changed[..at.min(60)]).into_owned();
        if !head.contains("\"server\":\"http") || head.contains("sha256") {
            damaged.push(changed);
        }
    }
    for damaged in damaged {
        fs::write(&path, &damaged).unwrap();
        let core = Core::open(with_cache(quick(vec![nobody()]), folder.path())).unwrap();
        assert_eq!(dial(&core, "5551212"), "5551212", "{}", String::from_utf8_lossy(&damaged));
        assert!(core.remarks()[0].contains("not used"), "{:?}", core.remarks());
    }
    let server = Scripted::published();
    let core = Core::open(with_cache(server.settings(), folder.path())).unwrap();
    dials(&core, "1");
    eventually("is kept again", || fs::read(&path).unwrap().len() >= good.len());
}

#[test]
fn a_pinned_key_holds_for_the_copy_as_well() {
    let folder = kept();
    let (_, public) = adr_bundle::signature::new_keys().unwrap();
    let key = Some(adr_bundle::signature::PublicKey::parse(&public).unwrap());
    let core =
        Core::open(Settings { key, ..with_cache(quick(vec![nobody()]), folder.path()) }).unwrap();
    assert_eq!(dial(&core, "5551212"), "5551212");
    assert!(core.remarks()[0].contains("a key is pinned"), "{:?}", core.remarks());
}

#[cfg(unix)]
#[test]
fn the_folder_is_private() {
    let folder = kept();
    let cache = folder.path().join("cache");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&cache), 0o700);
    assert_eq!(mode(&cache.join("copy")), 0o600);
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    let refused = Core::open(with_cache(quick(vec![nobody()]), folder.path())).unwrap_err();
    assert!(refused.to_string().contains("others can write to it"), "{refused}");
}

/// Nothing can be kept when the name is taken by a folder: as when the disk is full, the rules run
/// all the same.
#[test]
fn a_copy_that_cannot_be_kept_runs() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("cache/copy/x")).unwrap();
    #[cfg(unix)]
    fs::set_permissions(folder.path().join("cache"), fs::Permissions::from_mode(0o700)).unwrap();
    let server = Scripted::published();
    let core = Core::open(with_cache(server.settings(), folder.path())).unwrap();
    dials(&core, "1");
    eventually("says so", || {
        core.handle().status().refused.is_some_and(|refused| refused.reason.word() == "disk")
    });
    assert_eq!(core.handle().status().generation, 1);
}

#[test]
fn reloads_that_come_together_are_one() {
    let server = Scripted::published();
    server.script().events = Events::NotThere;
    let core =
        Core::open(Settings { poll: Duration::from_secs(3600), ..server.settings() }).unwrap();
    dials(&core, "1");
    let before = server.script().count("GET /manifest.json");
    server.script().slow = Duration::from_millis(300);
    server.script().publish(&prefix("2"), b"<DialRules/>");
    std::thread::scope(|scope| {
        let reload = || core.handle().reload(Duration::from_secs(60)).unwrap();
        let reloads: Vec<_> = (0..50).map(|_| scope.spawn(reload)).collect();
        for reload in reloads {
            assert_eq!(reload.join().unwrap().generation, 2);
        }
    });
    let rounds = server.script().count("GET /manifest.json") - before;
    assert!(rounds <= 10, "{rounds} rounds for 50 reloads");
}

/// A pipe or a link in the cache is a remark. Opening it never waits, and nothing behind it is
/// read.
#[cfg(unix)]
#[test]
fn odd_file_in_cache_is_not_waited_for() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    for (name, is_link) in [("copy", false), ("copy", true), ("client", false), ("client", true)] {
        let folder = kept();
        let file = folder.path().join("cache").join(name);
        let behind = folder.path().join("behind");
        fs::rename(&file, &behind).unwrap();
        if is_link {
            std::os::unix::fs::symlink(&behind, &file).unwrap();
        } else {
            let mode = Mode::from_raw_mode(0o600);
            mknodat(CWD, &file, FileType::Fifo, mode, 0).unwrap();
        }
        let settings = with_cache(quick(vec![nobody()]), folder.path());
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || send.send(Core::open(settings)));
        let opened = receive.recv_timeout(Duration::from_secs(20));
        let core = opened.expect("it waits").unwrap();
        if name == "copy" {
            let remarks = core.remarks();
            let expected = if is_link { "symbolic link" } else { "not a regular file" };
            assert!(remarks.iter().any(|it| it.contains(expected)), "{remarks:?}");
            assert!(!core.handle().status().from_cache);
        } else {
            // the core gives itself a new name, and leaves alone what the link led to
            assert!(fs::symlink_metadata(&file).unwrap().is_file());
            assert!(behind.is_file());
        }
    }
}
