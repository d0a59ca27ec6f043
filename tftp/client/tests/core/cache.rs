//! The cached snapshot, and reloads at the same time.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use adr_client::Server;
use adr_client::{Core, Settings};
use adr_kit::wait::TIMEOUT;

use crate::dialing::{dial, quick_settings, wait_for_prefix, wait_until};
use crate::script::{Events, prefix};
use crate::scripted_server::ScriptedServer;

fn closed_address() -> Server {
    Server::parse("http://127.0.0.1:1/").unwrap()
}

fn with_cache(settings: Settings, folder: &Path) -> Settings {
    Settings { cache: Some(folder.join("cache")), ..settings }
}

/// A folder with a cached snapshot of generation 1.
fn folder_with_cache() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let server = ScriptedServer::published();
    let core = Core::open(with_cache(server.settings(), folder.path())).unwrap();
    wait_for_prefix(&core, "1");
    wait_until("is saved", || folder.path().join("cache/copy").is_file());
    folder
}

#[test]
fn cached_snapshot_is_used_without_a_server() {
    let folder = folder_with_cache();
    let core =
        Core::open(with_cache(quick_settings(vec![closed_address()]), folder.path())).unwrap();
    // before any server was asked
    assert_eq!(dial(&core, "5551212"), "15551212");
    let status = core.handle().status();
    assert!(status.from_cache && status.generation == 1, "{status:?}");
    assert!(core.warnings().is_empty());
}

#[test]
fn older_generation_than_the_cached_one_is_rejected() {
    let folder = folder_with_cache();
    let server = ScriptedServer::new();
    server.script().publish_as(0, &prefix("9"), b"<DialRules/>");
    let core = Core::open(with_cache(server.settings(), folder.path())).unwrap();
    wait_until("rejects", || core.handle().status().refused.is_some());
    assert_eq!(core.handle().status().refused.unwrap().reason.word(), "older");
    assert_eq!(dial(&core, "5551212"), "15551212");
}

#[test]
fn core_keeps_its_name() {
    let folder = folder_with_cache();
    let name = || {
        Core::open(with_cache(quick_settings(vec![closed_address()]), folder.path()))
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
fn damaged_snapshot_gives_a_warning_and_is_replaced() {
    let folder = folder_with_cache();
    let path = folder.path().join("cache/copy");
    let good = fs::read(&path).unwrap();
    let mut damaged: Vec<Vec<u8>> =
        vec![Vec::new(), b"\n".to_vec(), b"<html/>".to_vec(), vec![0; 5000]];
    damaged.push(good[..good.len() - 1].to_vec());
    damaged.push([&good[..], b"x"].concat());
    let head = good.iter().position(|byte| *byte == b'\n').unwrap();
    let rest = (head..good.len()).step_by(good.len() / 40);
    for at in (0..head).step_by(3).chain(rest) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        damaged.push(changed);
    }
    for damaged in damaged {
        fs::write(&path, &damaged).unwrap();
        let core =
            Core::open(with_cache(quick_settings(vec![closed_address()]), folder.path())).unwrap();
        assert_eq!(dial(&core, "5551212"), "5551212", "{}", String::from_utf8_lossy(&damaged));
        assert!(core.warnings()[0].contains("not used"), "{:?}", core.warnings());
    }
    let server = ScriptedServer::published();
    let core = Core::open(with_cache(server.settings(), folder.path())).unwrap();
    wait_for_prefix(&core, "1");
    wait_until("is saved again", || fs::read(&path).unwrap().len() >= good.len());
}

#[test]
fn cached_snapshot_needs_the_signature_of_the_pinned_key() {
    let folder = folder_with_cache();
    let (_, public) = adr_bundle::signature::new_keys().unwrap();
    let key = Some(adr_bundle::signature::PublicKey::parse(&public).unwrap());
    let core = Core::open(Settings {
        key,
        ..with_cache(quick_settings(vec![closed_address()]), folder.path())
    })
    .unwrap();
    assert_eq!(dial(&core, "5551212"), "5551212");
    assert!(core.warnings()[0].contains("a key is pinned"), "{:?}", core.warnings());
}

#[cfg(unix)]
#[test]
fn folder_that_others_can_write_to_is_rejected() {
    let folder = folder_with_cache();
    let cache = folder.path().join("cache");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&cache), 0o700);
    assert_eq!(mode(&cache.join("copy")), 0o600);
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    let error =
        Core::open(with_cache(quick_settings(vec![closed_address()]), folder.path())).unwrap_err();
    assert!(error.to_string().contains("others can write to it"), "{error}");
}

/// A folder in the place of the file prevents saving, like a full disk. The rules run without it,
/// and are saved once that is possible, without another round.
#[test]
fn rules_that_cannot_be_saved_are_used_and_saved_later() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("cache/copy/x")).unwrap();
    #[cfg(unix)]
    fs::set_permissions(folder.path().join("cache"), fs::Permissions::from_mode(0o700)).unwrap();
    let server = ScriptedServer::published();
    let settings = Settings { poll_interval: Duration::from_secs(3600), ..server.settings() };
    let core = Core::open(with_cache(settings, folder.path())).unwrap();
    wait_for_prefix(&core, "1");
    wait_until("reports it", || {
        core.handle().status().refused.is_some_and(|refused| refused.reason.word() == "disk")
    });
    assert_eq!(core.handle().status().generation, 1);
    fs::remove_dir_all(folder.path().join("cache/copy")).unwrap();
    wait_until("is saved", || folder.path().join("cache/copy").is_file());
    wait_until("reports nothing", || core.handle().status().refused.is_none());
}

#[test]
fn reloads_at_the_same_time_share_a_round() {
    let server = ScriptedServer::published();
    server.script().events = Events::Missing;
    let core =
        Core::open(Settings { poll_interval: Duration::from_secs(3600), ..server.settings() })
            .unwrap();
    wait_for_prefix(&core, "1");
    let before = server.script().count("GET /manifest.json");
    server.script().manifest_delay = Duration::from_millis(300);
    server.script().publish(&prefix("2"), b"<DialRules/>");
    std::thread::scope(|scope| {
        let reload = || core.handle().reload(Duration::from_secs(60)).unwrap();
        let reloads: Vec<_> = (0..50).map(|_| scope.spawn(reload)).collect();
        for reload in reloads {
            assert_eq!(reload.join().unwrap().generation, 2);
        }
    });
    let rounds = server.script().count("GET /manifest.json") - before;
    // a busy machine starts the threads one after the other
    assert!(rounds <= 25, "{rounds} rounds for 50 reloads");
}

/// A pipe or a link in the cache gives a warning. Opening it never blocks, and its target is not
/// read.
#[cfg(unix)]
#[test]
fn special_file_in_cache_is_not_opened() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    for (name, is_link) in [("copy", false), ("copy", true), ("client", false), ("client", true)] {
        let folder = folder_with_cache();
        let file = folder.path().join("cache").join(name);
        let target = folder.path().join("target");
        fs::rename(&file, &target).unwrap();
        if is_link {
            std::os::unix::fs::symlink(&target, &file).unwrap();
        } else {
            let mode = Mode::from_raw_mode(0o600);
            mknodat(CWD, &file, FileType::Fifo, mode, 0).unwrap();
        }
        let settings = with_cache(quick_settings(vec![closed_address()]), folder.path());
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || send.send(Core::open(settings)));
        let opened = receive.recv_timeout(TIMEOUT);
        let core = opened.expect("it blocks").unwrap();
        if name == "copy" {
            let warnings = core.warnings();
            let expected = if is_link { "symbolic link" } else { "not a regular file" };
            assert!(warnings.iter().any(|it| it.contains(expected)), "{warnings:?}");
            assert!(!core.handle().status().from_cache);
        } else {
            // the core takes a new name, and does not touch the target of the link
            assert!(fs::symlink_metadata(&file).unwrap().is_file());
            assert!(target.is_file());
        }
    }
}

#[test]
fn cache_of_another_core_is_rejected() {
    let folder = folder_with_cache();
    let open = || Core::open(with_cache(quick_settings(vec![closed_address()]), folder.path()));
    let first = open().unwrap();
    let error = open().unwrap_err();
    assert!(error.to_string().contains("another core uses this folder"), "{error}");
    drop(first);
    open().unwrap();
}

/// Inside of a runtime a core that cannot be opened says why, as elsewhere.
#[test]
fn failed_open_inside_a_runtime_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "").unwrap();
    let single = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let many = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    for runtime in [single, many] {
        let error = runtime.block_on(async {
            let settings = quick_settings(vec![closed_address()]);
            Core::open(Settings { socket: Some(path.clone()), ..settings }).unwrap_err()
        });
        assert!(error.to_string().contains("not a socket"), "{error}");
    }
}

/// A generation near 2^64, as a server without a key may publish it, needs no new cache.
#[test]
fn forgotten_generation_is_replaced_by_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = ScriptedServer::new();
    server.script().publish_as(u64::MAX, &prefix("6"), b"<DialRules/>");
    let settings = || with_cache(server.settings(), folder.path());
    let core = Core::open(settings()).unwrap();
    wait_for_prefix(&core, "6");
    let copy = || fs::read(folder.path().join("cache/copy"));
    wait_until("is saved", || copy().is_ok());
    let newer = copy().unwrap();
    server.script().publish_as(2, &prefix("2"), b"<DialRules/>");
    let rejection = core.handle().reload(Duration::from_secs(60)).unwrap_err();
    assert!(rejection.to_string().contains("--forget"), "{rejection}");
    drop(core);
    let core = Core::open(Settings { forget: true, ..settings() }).unwrap();
    wait_for_prefix(&core, "2");
    wait_until("is accepted", || core.handle().status().generation == 2);
    wait_until("is saved", || copy().is_ok_and(|copy| copy != newer));
    drop(core);
    let core = Core::open(settings()).unwrap();
    assert_eq!(dial(&core, "5551212"), "25551212", "the older generation is in the cache");
}
