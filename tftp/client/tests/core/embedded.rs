//! A core within an application of tokio, whatever the kind of its runtime.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adr_client::{Core, Rules, Settings};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

use crate::dialing::{dial, wait_until};
use crate::scripted_server::ScriptedServer;

const WAIT: Duration = Duration::from_secs(60);

fn runtimes() -> [Runtime; 2] {
    let single = Builder::new_current_thread().enable_all().build().unwrap();
    let many = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    [single, many]
}

/// Settings that cannot be used, and what the error contains.
fn unusable(
    server: &ScriptedServer,
    folder: &Path,
    taken: PathBuf,
) -> Vec<(Settings, &'static str)> {
    let settings = || server.settings();
    vec![
        (Settings { socket: Some(taken), ..settings() }, "another core is listening"),
        (Settings { socket: Some(folder.join("none/s")), ..settings() }, "none"),
        (Settings { socket: Some(folder.to_owned()), ..settings() }, "not a socket"),
        (Settings { cache: Some("/dev/null/cache".into()), ..settings() }, "/dev/null/cache"),
        (Settings { folder: Some("site".into()), ..settings() }, "set the key as well"),
        (Settings { ca: Some(folder.join("no.pem")), ..settings() }, "no.pem"),
    ]
}

fn assert_not_opened(settings: Settings, expected: &str) {
    let error = Core::open(settings).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

/// What an application does with a core in an asynchronous function.
async fn use_core(server: ScriptedServer) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let core = Core::open(Settings { socket: Some(socket.clone()), ..server.settings() }).unwrap();
    let handle = core.handle().clone();
    assert_eq!(handle.reload(WAIT).unwrap().generation, 1);
    assert_eq!(handle.reload_async().await.unwrap().generation, 1);
    assert_eq!(dial(&core, "5551212"), "15551212");
    for (settings, expected) in unusable(&server, folder.path(), socket.clone()) {
        assert_not_opened(settings.clone(), expected);
        // a thread of the runtime that may block
        let open = move || assert_not_opened(settings, expected);
        tokio::task::spawn_blocking(open).await.unwrap();
    }
    let mut statuses = handle.subscribe();
    drop(core);
    assert!(handle.reload_async().await.unwrap_err().to_string().contains("closed"));
    drop(handle);
    while statuses.changed().await.is_ok() {}
    assert!(!socket.exists());
}

#[test]
fn core_works_in_each_kind_of_runtime() {
    let server = ScriptedServer::published();
    for runtime in runtimes() {
        runtime.block_on(use_core(server.clone()));
        LocalSet::new().block_on(&runtime, use_core(server.clone()));
        runtime.block_on(async { tokio::spawn(use_core(server.clone())).await.unwrap() });
    }
}

/// Descriptors of this process; other tests open and close some meanwhile.
#[cfg(target_os = "linux")]
#[test]
fn failed_open_leaves_nothing_behind() {
    const OPENS: usize = 300;
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let server = ScriptedServer::published();
    let folder = tempfile::tempdir().unwrap();
    for runtime in runtimes() {
        let before = (descriptors(), threads());
        runtime.block_on(async {
            for _ in 0..OPENS {
                let settings = server.settings();
                let settings = Settings { socket: Some(folder.path().to_owned()), ..settings };
                assert_not_opened(settings, "not a socket");
            }
        });
        let has_grown = || descriptors() > before.0 + OPENS / 2 || threads() > before.1 + OPENS / 2;
        wait_until("releases threads and descriptors", || !has_grown());
    }
}

#[test]
fn rules_from_memory_dial_without_servers() {
    let xml = b"<DialRules><DialRule BeginsWith='' NumDigits='7' DigitsToRemove='0' \
                PrefixWith='9'/></DialRules>";
    let core = Core::from_rules(Rules::from_xml(xml, Some(xml)).unwrap());
    assert_eq!(dial(&core, "5551212"), "95551212");
    let handle = core.handle().clone();
    let status = handle.status();
    assert!(status.has_rules && !status.from_cache && status.lookup_rules == 1);
    let rejection = handle.reload(WAIT).unwrap_err();
    assert_eq!(rejection.to_string(), "no servers are configured");
    core.close();
    let mut result = Vec::new();
    handle.dial(b"5551212", &mut result);
    assert_eq!(result, b"5551212", "a closed core has released its rules");
}
