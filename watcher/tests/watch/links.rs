//! Symbolic links, inodes, and times set by `touch`.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::time::Duration;

use adr_watcher::watch::Timing;

use super::{NO_POLL, Watched, one_file, short_quiet_time};

#[test]
fn link_swapped_as_by_kubernetes_is_followed() {
    let watched = Watched::new(&["plan.adr"], |folder| {
        for (version, text) in [("..1", "let a = 1"), ("..2", "let a = 2")] {
            fs::create_dir(folder.join(version)).unwrap();
            fs::write(folder.join(version).join("plan.adr"), text).unwrap();
        }
        symlink("..1", folder.join("..data")).unwrap();
        symlink("..data/plan.adr", folder.join("plan.adr")).unwrap();
    });
    watched.until("let a = 1");
    symlink("..2", watched.path("..data_tmp")).unwrap();
    fs::rename(watched.path("..data_tmp"), watched.path("..data")).unwrap();
    fs::remove_dir_all(watched.path("..1")).unwrap();
    watched.until("let a = 2");
    // the new target is watched from now on
    watched.write("..2/plan.adr", "let a = 3");
    watched.until("let a = 3");
}

/// On a disk a new folder often has the inode of the folder that was just deleted. The system sends
/// no events for it until it is watched again.
#[test]
fn recreated_folder_with_the_same_inode_is_watched_again() {
    let on_disk = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let watched = Watched::within(on_disk, &["rules"], short_quiet_time(), |folder| {
        fs::create_dir(folder.join("rules")).unwrap();
        fs::write(folder.join("rules/a.adr"), "let a = 0").unwrap();
    });
    watched.until("let a = 0");
    let mut same = 0;
    for number in (1..20).step_by(2) {
        let before = fs::metadata(watched.path("rules")).unwrap().ino();
        fs::remove_dir_all(watched.path("rules")).unwrap();
        fs::create_dir(watched.path("rules")).unwrap();
        same += usize::from(fs::metadata(watched.path("rules")).unwrap().ino() == before);
        for number in [number, number + 1] {
            let text = format!("let a = {number}");
            watched.write("rules/a.adr", &text);
            watched.until(&text);
        }
    }
    println!("the inode was the same {same} times");
}

#[test]
fn missing_and_linked_includes_are_watched() {
    let include = "include \"shared/more/emergency.adr\"";
    let watched = Watched::new(&["rules"], |folder| {
        fs::create_dir(folder.join("rules")).unwrap();
        fs::write(folder.join("rules/a.adr"), include).unwrap();
    });
    watched.until(&format!("{include}?"));
    fs::create_dir_all(watched.path("rules/shared/more")).unwrap();
    watched.write("rules/shared/more/emergency.adr", "let a = 1");
    watched.until(&format!("{include}|let a = 1"));
    watched.write("rules/shared/more/emergency.adr", "let a = 2");
    watched.until(&format!("{include}|let a = 2"));
    // the include becomes a link to another file in the folder of the plan
    fs::create_dir(watched.path("rules/elsewhere")).unwrap();
    watched.write("rules/elsewhere/there.adr", "let a = 3");
    fs::remove_file(watched.path("rules/shared/more/emergency.adr")).unwrap();
    symlink("../../elsewhere/there.adr", watched.path("rules/shared/more/emergency.adr")).unwrap();
    watched.until(&format!("{include}|let a = 3"));
    watched.write("rules/elsewhere/there.adr", "let a = 4");
    watched.until(&format!("{include}|let a = 4"));
}

/// adrc never reads through a link out of the folder of the plan, and notices its correction.
#[test]
fn link_out_of_the_folder_is_rejected_until_it_leads_inside() {
    for poll_interval in [NO_POLL, Duration::from_millis(50)] {
        let timing = Timing { poll_interval, ..short_quiet_time() };
        let include = "include \"site.txt\"";
        let watched = Watched::timed(&["rules"], timing, |folder| {
            fs::create_dir(folder.join("rules")).unwrap();
            fs::write(folder.join("outside"), "let a = 1").unwrap();
            fs::write(folder.join("rules/inside.txt"), "let a = 2").unwrap();
            fs::write(folder.join("rules/a.adr"), include).unwrap();
            symlink("../outside", folder.join("rules/site.txt")).unwrap();
        });
        watched.until(&format!("{include}?"));
        symlink("inside.txt", watched.path("rules/aside")).unwrap();
        fs::rename(watched.path("rules/aside"), watched.path("rules/site.txt")).unwrap();
        watched.until(&format!("{include}|let a = 2"));
        symlink("../outside", watched.path("rules/aside")).unwrap();
        fs::rename(watched.path("rules/aside"), watched.path("rules/site.txt")).unwrap();
        watched.until(&format!("{include}?"));
    }
}

#[test]
fn jumping_modification_times_are_reported() {
    let watched = Watched::new(&["plan.adr"], one_file);
    watched.until("let a = 1");
    for (number, year) in [(2, "1971"), (3, "2099"), (4, "2001")] {
        let text = format!("let a = {number}");
        watched.write("plan.adr", &text);
        let time = format!("{year}-01-01");
        let touch = std::process::Command::new("touch")
            .args(["-d", &time])
            .arg(watched.path("plan.adr"))
            .status();
        assert!(touch.unwrap().success());
        watched.until(&text);
    }
}
