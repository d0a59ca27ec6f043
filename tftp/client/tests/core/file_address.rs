//! A published folder on this machine in the place of a server.

use std::fs;
use std::path::Path;
use std::time::Duration;

use adr_client::{Core, Server};

use crate::dialing::{dial, quick_settings, wait_for_prefix, wait_until};
use crate::script::{Script, prefix};

/// Writes a generation as `adrc compile` does: files first, then `current`, a link or, in every
/// other generation, a pointer file.
fn publish(folder: &Path, prefix_of_seven: &str, generation: u64) {
    let mut script = Script::default();
    script.publish_as(generation, &prefix(prefix_of_seven), b"<DialRules/>");
    let staged = folder.join("generations").join(generation.to_string());
    for (name, bytes) in &script.files {
        let path = staged.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let (next, target) = (folder.join("next"), format!("generations/{generation}"));
    match generation % 2 {
        0 => fs::write(&next, target + "\n").unwrap(),
        _ => std::os::unix::fs::symlink(target, &next).unwrap(),
    }
    fs::rename(next, folder.join("current")).unwrap();
}

#[test]
fn published_folder_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    publish(folder.path(), "1", 1);
    let address = Server::parse(&format!("file://{}", folder.path().display())).unwrap();
    let core = Core::open(quick_settings(vec![address.clone()])).unwrap();
    wait_for_prefix(&core, "1");
    publish(folder.path(), "2", 2);
    wait_for_prefix(&core, "2");
    publish(folder.path(), "3", 3);
    core.handle().reload(Duration::from_secs(60)).unwrap();
    assert_eq!(dial(&core, "5551212"), "35551212");

    fs::remove_dir_all(folder.path()).unwrap();
    let without_a_folder = Core::open(quick_settings(vec![address])).unwrap();
    wait_until("rejects", || without_a_folder.handle().status().refused.is_some());
    assert_eq!(dial(&core, "5551212"), "35551212");
}
