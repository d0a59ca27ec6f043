//! Loading: includes, cycles, limits, and files that are not text.

use std::collections::HashMap;

use adr_language::{EntryFile, Parsed, ReadError, World, load};

/// Files in memory.
struct Files(HashMap<String, Vec<u8>>);

impl World for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.0
            .get(path)
            .cloned()
            .ok_or_else(|| ReadError { reason: "no such file".to_owned(), help: String::new() })
    }
}

fn loaded(files: &[(&str, &[u8])], entries: &[&str], root: &str) -> Parsed {
    let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
    let world = Files(files.collect());
    let entries: Vec<EntryFile> = entries
        .iter()
        .map(|path| EntryFile { path: (*path).to_owned(), root: root.to_owned() })
        .collect();
    load(&world, &entries)
}

fn names(parsed: &Parsed) -> Vec<String> {
    let found = parsed.findings().diagnostics().iter();
    found
        .map(|found| {
            let text = found.span().map(|span| parsed.sources().slice(span));
            format!("{}: {} ({})", found.name, found.message, text.unwrap_or("-"))
        })
        .collect()
}

#[test]
fn includes_are_relative_to_their_file_and_read_once() {
    let parsed = loaded(
        &[
            ("r/a.adr", b"include \"sub/b.adr\"\ninclude \"./sub/../sub/b.adr\"\n"),
            ("r/sub/b.adr", b"include \"../c.adr\"\n"),
            ("r/c.adr", b"let x = 9\n"),
        ],
        &["r/a.adr", "r/c.adr"],
        "r",
    );
    assert_eq!(names(&parsed), [""; 0]);
    let files: Vec<&str> = parsed.sources().iter().map(|(_, source)| source.name()).collect();
    assert_eq!(files, ["r/a.adr", "r/sub/b.adr", "r/c.adr"]);
    assert_eq!(parsed.trees().len(), 3);
}

#[test]
fn absolute_roots_stay_absolute() {
    let parsed =
        loaded(&[("/r/a.adr", b"include \"b.adr\""), ("/r/b.adr", b"// b")], &["/r/a.adr"], "/r");
    assert_eq!(names(&parsed), [""; 0]);
}

#[test]
fn include_outside_the_folder_is_rejected() {
    for path in [
        "/etc/x.adr",
        "../x.adr",
        "sub/../../x.adr",
        "C:\\x.adr",
        "C:/x.adr",
        "\\\\host\\x",
        "sub\\x.adr",
        "",
    ] {
        let text = format!("include \"{path}\"\n");
        let parsed = loaded(&[("r/a.adr", text.as_bytes()), ("x.adr", b"")], &["r/a.adr"], "r");
        let found = names(&parsed);
        assert_eq!(found.len(), 1, "{path}");
        assert!(found[0].starts_with("include-outside-folder: "), "{found:?}");
    }
}

#[test]
fn include_cycle_names_its_chain() {
    let parsed = loaded(
        &[
            ("a.adr", b"include \"b.adr\"\n"),
            ("b.adr", b"include \"c.adr\"\n"),
            ("c.adr", b"include \"b.adr\"\n"),
        ],
        &["a.adr"],
        "",
    );
    assert_eq!(
        names(&parsed),
        ["include-cycle: includes form a cycle: `b.adr` includes `c.adr` includes `b.adr` (b.adr)"]
    );
}

#[test]
fn unreadable_file_is_named() {
    let parsed = loaded(&[("a.adr", b"include \"gone.adr\"\n")], &["a.adr", "b.adr"], "");
    assert_eq!(
        names(&parsed),
        [
            "unreadable-include: cannot read `gone.adr`: no such file (gone.adr)",
            "unreadable-file: cannot read `b.adr`: no such file (-)",
        ]
    );
}

#[test]
fn invalid_utf8_is_reported_with_its_position() {
    let parsed = loaded(&[("a.adr", b"let x = 9\n// \xe4\n")], &["a.adr"], "");
    assert_eq!(names(&parsed), ["not-utf8: byte 13 of `a.adr`, 0xE4, is not UTF-8 ()"]);
    let found = &parsed.findings().diagnostics()[0];
    let place = parsed.sources().position(found.span().expect("a place"));
    assert_eq!((place.line, place.column), (2, 4));

    let utf16: Vec<u8> = "let x = 9".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bytes = [&[0xff, 0xfe][..], &utf16].concat();
    let parsed = loaded(&[("a.adr", &bytes)], &["a.adr"], "");
    let help = &parsed.findings().diagnostics()[0].help;
    assert!(help[0].contains("UTF-16"), "{help:?}");
}

#[test]
fn chain_of_includes_above_the_limit_is_rejected() {
    let files: Vec<(String, String)> =
        (0..40).map(|at| (format!("{at}.adr"), format!("include \"{}.adr\"\n", at + 1))).collect();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(path, text)| (&**path, text.as_bytes())).collect();
    let parsed = loaded(&files, &["0.adr"], "");
    let found = names(&parsed);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("include-too-deep: a chain of 33 includes"), "{found:?}");
}

#[test]
fn doubling_includes_are_rejected_at_the_file_limit() {
    let files: Vec<(String, String)> = (0..30)
        .map(|at| {
            let next = at + 1;
            let text = format!("include \"{next}.adr\"\ninclude \"{next}.adr\"\n");
            (format!("{at}.adr"), if at == 29 { "// end".to_owned() } else { text })
        })
        .collect();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(path, text)| (&**path, text.as_bytes())).collect();
    let found = names(&loaded(&files, &["0.adr"], ""));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("too-many-files"), "{found:?}");
}
