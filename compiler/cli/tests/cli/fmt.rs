//! `adrc fmt`: in place, as a check, as a diff.

use std::os::unix::fs::symlink;

use super::sandbox::Sandbox as Room;

const UGLY: &str = "let a=9 // the trunk\napplication{ rule \"Local\" {digits 7;prefix ${a}} }\n";
const NEAT: &str =
    "let a = 9  // the trunk\napplication {\n  rule \"Local\" { digits 7; prefix ${a} }\n}\n";

#[test]
fn a_file_is_laid_out_once() {
    let room = Room::with(&[("plan.adr", UGLY)]);
    assert_eq!(room.run("fmt plan.adr").status, 0);
    assert_eq!(room.read("plan.adr"), NEAT);
    let ran = room.run("fmt plan.adr");
    assert!(ran.stderr.contains("0 changed"), "{ran:?}");
    assert_eq!(room.read("plan.adr"), NEAT);
}

#[test]
fn check_and_diff_write_nothing() {
    let room = Room::with(&[("ugly.adr", UGLY), ("neat.adr", NEAT)]);
    let ran = room.run("fmt --check ugly.adr neat.adr");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "ugly.adr\n"));
    let ran = room.run("fmt --diff ugly.adr");
    assert!(ran.status == 1 && ran.stdout.contains("\n-let a=9 // the trunk\n"), "{ran:?}");
    assert_eq!(room.read("ugly.adr"), UGLY);
    assert_eq!(room.run("fmt --check neat.adr").status, 0);
}

#[test]
fn folders_are_formatted_with_what_is_in_them() {
    let room = Room::with(&[
        ("rules/plan.adr", UGLY),
        ("rules/shared/x.adr", UGLY),
        ("rules/.old/x.adr", UGLY),
    ]);
    let ran = room.run("fmt rules");
    assert!(ran.stderr.contains("2 files, 2 changed"), "{ran:?}");
    assert_eq!(room.read("rules/shared/x.adr"), NEAT);
    assert_eq!(room.read("rules/.old/x.adr"), UGLY);
}

#[test]
fn a_file_with_errors_is_left_alone_and_the_others_are_done() {
    let room = Room::with(&[("bad.adr", "application {"), ("ugly.adr", UGLY)]);
    let ran = room.run("fmt bad.adr ugly.adr");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("missing-brace") && ran.stderr.contains("1 file with errors unchanged"),
        "{ran:?}"
    );
    assert_eq!(
        (room.read("bad.adr"), room.read("ugly.adr")),
        ("application {".to_owned(), NEAT.to_owned())
    );
}

#[test]
fn permissions_and_links_survive() {
    use std::os::unix::fs::PermissionsExt;
    let room = Room::with(&[("real.adr", UGLY)]);
    let mode = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(room.path("real.adr"), mode).unwrap();
    symlink("real.adr", room.path("link.adr")).unwrap();
    assert_eq!(room.run("fmt link.adr").status, 0);
    assert!(room.path("link.adr").symlink_metadata().unwrap().is_symlink());
    assert_eq!(room.read("real.adr"), NEAT);
    let mode = room.path("real.adr").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(room.run("fmt --check real.adr").status, 0);
}

/// As Kubernetes mounts a folder of settings: each name leads to the file by way of a hidden
/// folder.
#[test]
fn links_that_stay_in_the_folder_are_written_through() {
    let room = Room::with(&[
        ("rules/..2026_11_28/plan.adr", UGLY),
        ("rules/..2026_11_28/sites/dallas.adr", UGLY),
        ("rules/..2026_11_28/unnamed.adr", UGLY),
    ]);
    symlink("..2026_11_28", room.path("rules/..data")).unwrap();
    symlink("..data/plan.adr", room.path("rules/plan.adr")).unwrap();
    symlink("..data/sites", room.path("rules/sites")).unwrap();
    // links that lead in a circle, and a folder that is a link itself
    symlink(".", room.path("rules/here")).unwrap();
    symlink("rules", room.path("linked")).unwrap();
    let ran = room.run("fmt --check linked");
    let expected = "linked/plan.adr\nlinked/sites/dallas.adr\n";
    assert_eq!((ran.status, ran.stdout.as_str()), (1, expected));
    let ran = room.run("fmt rules");
    assert!(ran.stderr.contains("2 files, 2 changed"), "{ran:?}");
    assert_eq!(room.read("rules/..2026_11_28/plan.adr"), NEAT);
    assert_eq!(room.read("rules/..2026_11_28/sites/dallas.adr"), NEAT);
    assert_eq!(room.read("rules/..2026_11_28/unnamed.adr"), UGLY);
    let link = room.path("rules/plan.adr").symlink_metadata().unwrap();
    assert!(link.is_symlink());
}

#[test]
fn link_out_of_the_folder_is_refused_before_anything_is_written() {
    let room =
        Room::with(&[("rules/a.adr", UGLY), ("outside.adr", UGLY), ("elsewhere/b.adr", UGLY)]);
    // a folder outside is not part of the plan, with or without a link
    symlink("../elsewhere", room.path("rules/elsewhere")).unwrap();
    for (name, target) in [
        ("rules/b.adr", "../outside.adr"),
        ("rules/sites/b.adr", "../../outside.adr"),
        ("rules/c.adr", "../gone.adr"),
    ] {
        room.write("rules/sites/a.adr", NEAT.as_bytes());
        symlink(target, room.path(name)).unwrap();
        let ran = room.run("fmt rules");
        assert_eq!(ran.status, 2, "{ran:?}");
        let refused = format!("{name}: this symbolic link leads out of its folder");
        assert!(ran.stderr.contains(&refused), "{ran:?}");
        std::fs::remove_file(room.path(name)).unwrap();
    }
    assert_eq!(room.read("rules/a.adr"), UGLY);
    assert_eq!(room.run("fmt rules").status, 0);
    let left = ["outside.adr", "elsewhere/b.adr"].map(|path| room.read(path));
    assert_eq!(left, [UGLY, UGLY]);
}
