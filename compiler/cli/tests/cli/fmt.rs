//! `adrc fmt`: in place, as a check, as a diff.

use super::room::Room;

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
    assert!(
        ran.status == 1 && ran.stdout.contains("\n-let a=9 // the trunk\n"),
        "{ran:?}"
    );
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
        ran.stderr.contains("missing-brace") && ran.stderr.contains("1 file left alone"),
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
    std::os::unix::fs::symlink("real.adr", room.path("link.adr")).unwrap();
    assert_eq!(room.run("fmt link.adr").status, 0);
    assert!(
        room.path("link.adr")
            .symlink_metadata()
            .unwrap()
            .is_symlink()
    );
    assert_eq!(room.read("real.adr"), NEAT);
    let mode = room
        .path("real.adr")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(room.run("fmt --check real.adr").status, 0);
}
