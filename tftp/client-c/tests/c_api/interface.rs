//! What a program is compiled and linked against: the header, the exported functions, the name of
//! the shared library, and the layout of structs.

use std::fs;
use std::process::Command;

use adr_kit::needs;

use crate::harness::{SHARED_NAME, here, library, run};

/// `ADR_BLESS=1` writes the header.
#[test]
fn header_matches_the_sources() {
    needs!("cbindgen");
    let mut cbindgen = Command::new("cbindgen");
    cbindgen
        .arg("--config")
        .arg(here("cbindgen.toml"))
        .arg(here("src/lib.rs").parent().unwrap().parent().unwrap());
    let generated = run(&mut cbindgen);
    let path = here("include/adr_client.h");
    if std::env::var("ADR_BLESS").is_ok_and(|bless| bless == "1") {
        fs::write(&path, &generated).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == generated,
        "the header differs from what cbindgen generates from the sources; `ADR_BLESS=1` writes it"
    );
}

/// A function that is missing breaks programs that were linked before: then increase `INTERFACE`
/// in `build.rs`. `ADR_BLESS=1` writes the list.
#[test]
fn shared_library_exports_the_listed_functions() {
    needs!("nm");
    let listed = run(Command::new("nm")
        .args(["--dynamic", "--defined-only", "--format=just-symbols"])
        .arg(library("libadrclient.so")));
    let mut exported: Vec<_> = listed.lines().map(str::trim).collect();
    exported.sort_unstable();
    let exported = exported.join("\n") + "\n";
    let path = here("tests/exported-functions.txt");
    if std::env::var("ADR_BLESS").is_ok_and(|bless| bless == "1") {
        fs::write(&path, &exported).unwrap();
    }
    assert_eq!(exported, fs::read_to_string(&path).unwrap_or_default());
}

#[test]
fn shared_library_has_a_name_with_its_interface() {
    needs!("readelf");
    let dynamic =
        run(Command::new("readelf").args(["--dynamic", "--wide"]).arg(library("libadrclient.so")));
    let name = dynamic.lines().find(|line| line.contains("SONAME")).unwrap_or_default();
    assert!(name.ends_with(&format!("[{SHARED_NAME}]")), "{name}");
}

/// Offsets that a program has compiled in. Fields are added at the end.
#[cfg(target_pointer_width = "64")]
#[test]
fn layout_of_structs_stays() {
    use std::mem::offset_of;

    use adrclient::{Buffer, Bytes, Settings};

    let settings = [
        offset_of!(Settings, struct_size),
        offset_of!(Settings, servers),
        offset_of!(Settings, servers_count),
        offset_of!(Settings, cache),
        offset_of!(Settings, socket),
        offset_of!(Settings, key),
        offset_of!(Settings, folder),
        offset_of!(Settings, proxy),
        offset_of!(Settings, ca),
        offset_of!(Settings, client_cert),
        offset_of!(Settings, poll_milliseconds),
        offset_of!(Settings, flags),
    ];
    assert_eq!(settings, [0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88]);
    assert!(size_of::<Settings>() >= 96);
    assert_eq!((size_of::<Bytes>(), offset_of!(Bytes, length)), (16, 8));
    let buffer = (offset_of!(Buffer, capacity), offset_of!(Buffer, length), size_of::<Buffer>());
    assert_eq!(buffer, (8, 16, 24));
}
