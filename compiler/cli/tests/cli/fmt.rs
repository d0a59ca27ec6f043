//! `adrc fmt`: formats in place, checks, prints a diff, and follows links inside the folder.

use std::os::unix::fs::symlink;

use super::sandbox::Sandbox;

const UNFORMATTED: &str =
    "let a=9 // the trunk\napplication{ rule \"Local\" {digits 7;prefix ${a}} }\n";
const FORMATTED: &str =
    "let a = 9  // the trunk\napplication {\n  rule \"Local\" { digits 7; prefix ${a} }\n}\n";

#[test]
fn formatting_twice_changes_the_file_once() {
    let sandbox = Sandbox::with(&[("plan.adr", UNFORMATTED)]);
    assert_eq!(sandbox.run("fmt plan.adr").status, 0);
    assert_eq!(sandbox.read("plan.adr"), FORMATTED);
    let ran = sandbox.run("fmt plan.adr");
    assert!(ran.stderr.contains("0 changed"), "{ran:?}");
    assert_eq!(sandbox.read("plan.adr"), FORMATTED);
}

#[test]
fn fmt_check_and_diff_write_nothing() {
    let sandbox = Sandbox::with(&[("unformatted.adr", UNFORMATTED), ("formatted.adr", FORMATTED)]);
    let ran = sandbox.run("fmt --check unformatted.adr formatted.adr");
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "unformatted.adr\n"));
    let ran = sandbox.run("fmt --diff unformatted.adr");
    assert!(ran.status == 1 && ran.stdout.contains("\n-let a=9 // the trunk\n"), "{ran:?}");
    assert_eq!(sandbox.read("unformatted.adr"), UNFORMATTED);
    assert_eq!(sandbox.run("fmt --check formatted.adr").status, 0);
}

#[test]
fn folder_is_formatted_with_its_subfolders_and_without_hidden_files() {
    let sandbox = Sandbox::with(&[
        ("rules/plan.adr", UNFORMATTED),
        ("rules/shared/x.adr", UNFORMATTED),
        ("rules/.old/x.adr", UNFORMATTED),
    ]);
    let ran = sandbox.run("fmt rules");
    assert!(ran.stderr.contains("2 files, 2 changed"), "{ran:?}");
    assert_eq!(sandbox.read("rules/shared/x.adr"), FORMATTED);
    assert_eq!(sandbox.read("rules/.old/x.adr"), UNFORMATTED);
}

#[test]
fn file_with_errors_is_unchanged_and_other_files_are_formatted() {
    let sandbox = Sandbox::with(&[("bad.adr", "application {"), ("unformatted.adr", UNFORMATTED)]);
    let ran = sandbox.run("fmt bad.adr unformatted.adr");
    assert_eq!(ran.status, 1);
    assert!(
        ran.stderr.contains("missing-brace") && ran.stderr.contains("1 file with errors unchanged"),
        "{ran:?}"
    );
    assert_eq!(
        (sandbox.read("bad.adr"), sandbox.read("unformatted.adr")),
        ("application {".to_owned(), FORMATTED.to_owned())
    );
}

#[test]
fn fmt_keeps_permissions_and_links() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with(&[("real.adr", UNFORMATTED)]);
    let mode = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(sandbox.path("real.adr"), mode).unwrap();
    symlink("real.adr", sandbox.path("link.adr")).unwrap();
    assert_eq!(sandbox.run("fmt link.adr").status, 0);
    assert!(sandbox.path("link.adr").symlink_metadata().unwrap().is_symlink());
    assert_eq!(sandbox.read("real.adr"), FORMATTED);
    let mode = sandbox.path("real.adr").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(sandbox.run("fmt --check real.adr").status, 0);
}

/// Kubernetes mounts a folder of settings in this way: each name is a link through a hidden folder.
#[test]
fn fmt_writes_through_links_inside_the_folder() {
    let sandbox = Sandbox::with(&[
        ("rules/..2026_11_28/plan.adr", UNFORMATTED),
        ("rules/..2026_11_28/sites/dallas.adr", UNFORMATTED),
        ("rules/..2026_11_28/unnamed.adr", UNFORMATTED),
    ]);
    symlink("..2026_11_28", sandbox.path("rules/..data")).unwrap();
    symlink("..data/plan.adr", sandbox.path("rules/plan.adr")).unwrap();
    symlink("..data/sites", sandbox.path("rules/sites")).unwrap();
    // a link to its own folder, and a link to the folder of the plan
    symlink(".", sandbox.path("rules/here")).unwrap();
    symlink("rules", sandbox.path("linked")).unwrap();
    let ran = sandbox.run("fmt --check linked");
    let expected = "linked/plan.adr\nlinked/sites/dallas.adr\n";
    assert_eq!((ran.status, ran.stdout.as_str()), (1, expected));
    let ran = sandbox.run("fmt rules");
    assert!(ran.stderr.contains("2 files, 2 changed"), "{ran:?}");
    assert_eq!(sandbox.read("rules/..2026_11_28/plan.adr"), FORMATTED);
    assert_eq!(sandbox.read("rules/..2026_11_28/sites/dallas.adr"), FORMATTED);
    assert_eq!(sandbox.read("rules/..2026_11_28/unnamed.adr"), UNFORMATTED);
    let link = sandbox.path("rules/plan.adr").symlink_metadata().unwrap();
    assert!(link.is_symlink());
}

#[test]
fn link_out_of_the_folder_is_rejected_before_fmt_writes() {
    let sandbox = Sandbox::with(&[
        ("rules/a.adr", UNFORMATTED),
        ("outside.adr", UNFORMATTED),
        ("elsewhere/b.adr", UNFORMATTED),
    ]);
    // a folder outside is not part of the plan, with or without a link
    symlink("../elsewhere", sandbox.path("rules/elsewhere")).unwrap();
    for (name, target) in [
        ("rules/b.adr", "../outside.adr"),
        ("rules/sites/b.adr", "../../outside.adr"),
        ("rules/c.adr", "../gone.adr"),
    ] {
        sandbox.write("rules/sites/a.adr", FORMATTED.as_bytes());
        symlink(target, sandbox.path(name)).unwrap();
        let ran = sandbox.run("fmt rules");
        assert_eq!(ran.status, 2, "{ran:?}");
        let message = format!("{name}: this symbolic link leads out of its folder");
        assert!(ran.stderr.contains(&message), "{ran:?}");
        std::fs::remove_file(sandbox.path(name)).unwrap();
    }
    assert_eq!(sandbox.read("rules/a.adr"), UNFORMATTED);
    assert_eq!(sandbox.run("fmt rules").status, 0);
    let outside = ["outside.adr", "elsewhere/b.adr"].map(|path| sandbox.read(path));
    assert_eq!(outside, [UNFORMATTED, UNFORMATTED]);
}
