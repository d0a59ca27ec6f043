//! The wheel for PyPI, installed into a fresh virtual environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use adr_kit::needs;

use super::{failure, has_tool, run, script};

/// Dials through rules in memory, with the library of the package.
const PROGRAM: &str = "\
import sys, pathlib, adrc, adrc.dial
application, lookup = (pathlib.Path(name).read_bytes() for name in sys.argv[1:])
with adrc.Core.from_xml(application, lookup) as core:
    print(core.dial(core.clean('555-1212')), core.generation())
with adrc.dial.Core.from_xml(adrc.LIBRARY, application) as core:
    print(core.dial('911'))
try:
    adrc.Core.from_xml(b'<DialRules')
except adrc.AdrError as error:
    print(error.code == adrc.REFUSED, pathlib.Path(adrc.LIBRARY).parent == pathlib.Path(adrc.__file__).parent)
";

/// The command and the library in two files, small enough to be packed quickly.
struct Built {
    command: PathBuf,
    library: PathBuf,
}

impl Built {
    fn stripped(folder: &Path) -> Self {
        let strip = |from: &Path, to: &str| {
            let to = folder.join(to);
            run(Command::new("strip").arg("-o").arg(&to).arg(from));
            to
        };
        Self {
            command: strip(adr_tests::adrc_path(), "adrc"),
            library: strip(&adr_tests::client_library("libadrclient.so"), "libadrclient.so"),
        }
    }

    fn wheel(&self, platform: &str, folder: &Path) -> Command {
        let mut command = script("wheel");
        command.args([&self.command, &self.library]).arg(platform).arg(folder);
        command
    }
}

fn platform() -> String {
    format!("linux_{}", std::env::consts::ARCH)
}

/// A virtual environment with this wheel; the folder of its programs.
fn installed(wheel: &Path, folder: &Path) -> PathBuf {
    run(Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(folder));
    let programs = folder.join("bin");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "--python"]);
    pip.arg(programs.join("python")).args(["install", "--no-index", "--no-deps"]);
    run(pip.arg(wheel));
    programs
}

fn file_name(version: &str) -> String {
    format!("adrc-{version}-py3-none-{}.whl", platform())
}

#[test]
fn installed_wheel_compiles_and_dials() {
    needs!("python3", "strip", "pip3");
    if !has_tool("hatchling") {
        return;
    }
    let sandbox = tempfile::tempdir().unwrap();
    let built = Built::stripped(sandbox.path());
    run(&mut built.wheel(&platform(), sandbox.path()));
    let version = env!("CARGO_PKG_VERSION");
    let wheel = sandbox.path().join(file_name(version));
    let programs = installed(&wheel, &sandbox.path().join("venv"));

    let said = run(Command::new(programs.join("adrc")).arg("--version"));
    assert!(said.starts_with(&format!("adrc {version}")), "{said}");
    let published = sandbox.path().join("published");
    let mut compile = Command::new(programs.join("adrc"));
    compile.arg("compile").arg(adr_tests::root().join("rules/examples/company"));
    run(compile.arg("-o").arg(&published));

    let mut python = Command::new(programs.join("python"));
    python.args(["-I", "-c", PROGRAM]).current_dir(sandbox.path());
    for file in ["AppDialRules.xml", "DirLookupDialRules.xml"] {
        python.arg(published.join("CUPC").join(file));
    }
    assert_eq!(run(&mut python), "95551212 0\n911\nTrue True\n");
}

#[test]
fn same_files_give_the_same_wheel() {
    needs!("python3");
    if !has_tool("hatchling") {
        return;
    }
    let sandbox = tempfile::tempdir().unwrap();
    let small = small(sandbox.path());
    let wheels = ["first", "second"].map(|name| {
        let folder = sandbox.path().join(name);
        run(small.wheel(&platform(), &folder).env("TZ", "Asia/Tokyo"));
        fs::read(folder.join(file_name(env!("CARGO_PKG_VERSION")))).unwrap()
    });
    assert!(wheels[0] == wheels[1]);
}

#[test]
fn wheel_for_an_older_system_than_its_library_needs_is_refused() {
    needs!("python3", "cc");
    if !has_tool("hatchling") || !has_tool("auditwheel") {
        return;
    }
    let sandbox = tempfile::tempdir().unwrap();
    let folder = sandbox.path().join("wheels");
    let architecture = std::env::consts::ARCH;
    let small = small(sandbox.path());
    let said = failure(&mut small.wheel(&format!("manylinux_2_2_{architecture}"), &folder));
    assert!(said.contains("which is newer than `manylinux_2_2_"), "{said}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "a refused wheel was kept");
    run(&mut small.wheel(&format!("manylinux_2_99_{architecture}"), &folder));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn wheel_without_hatchling_says_what_to_install() {
    needs!("python3");
    let sandbox = tempfile::tempdir().unwrap();
    let small = small(sandbox.path());
    // isolated and without site packages, Python finds its own modules only
    let isolated = sandbox.path().join("python");
    fs::write(&isolated, "#!/bin/sh\nexec python3 -I -S \"$@\"\n").unwrap();
    run(Command::new("chmod").arg("755").arg(&isolated));
    let mut wheel = small.wheel(&platform(), &sandbox.path().join("wheels"));
    let said = failure(wheel.env("PYTHON", &isolated));
    assert!(said.contains("hatchling is missing; run: "), "{said}");
}

/// Two programs that are quickly packed.
fn small(folder: &Path) -> Built {
    let source = folder.join("small.c");
    fs::write(&source, "#include <stdio.h>\nint say(void) { return puts(\"\"); }\n").unwrap();
    let library = folder.join("small.so");
    run(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source));
    Built { command: "/bin/true".into(), library }
}
