//! The installer for Windows, built by wixl and read by msitools and wine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use adr_kit::{needs, optional};

use super::{EPOCH, archive, failure, run, say, script};

const TARGET: &str = "x86_64-pc-windows-msvc";

/// Where a script of the tests may have built the command for Windows, below the folder `target`.
const BUILT: [&str; 2] = [
    "windows/x86_64-win7-windows-gnu/release/adrc.exe",
    "windows/x86_64-win7-windows-gnu/debug/adrc.exe",
];

/// The folder of the archive for Windows. A stand-in is in it unless the command has been built.
fn windows_archive(sandbox: &Path) -> PathBuf {
    let target = adr_tests::root().join("target");
    let built = BUILT.iter().map(|path| target.join(path)).find(|path| path.is_file());
    let program = built.unwrap_or_else(|| {
        say("no adrc.exe has been built: a text takes its place in the installer");
        let program = sandbox.join("adrc.exe");
        fs::write(&program, "in place of adrc.exe\n").unwrap();
        program
    });
    archive(TARGET, &program, sandbox)
}

fn installer(archive: &Path, folder: &Path) -> PathBuf {
    // with WIX, the script takes WiX
    let made = run(script("msi").arg(archive).arg(folder).env_remove("WIX"));
    PathBuf::from(made.trim_end())
}

/// The rows of a table, without the three lines of its head.
fn table(installer: &Path, name: &str) -> Vec<String> {
    let text = run(Command::new("msiinfo").arg("export").arg(installer).arg(name));
    text.lines().skip(3).map(str::to_owned).collect()
}

#[test]
fn installer_has_the_files_of_the_archive() {
    needs!("wixl", "msibuild", "msiinfo", "msiextract", "python3");
    let sandbox = tempfile::tempdir().unwrap();
    let archive = windows_archive(sandbox.path());
    let installer = installer(&archive, &sandbox.path().join("first"));
    let name = format!("adrc-{}-{TARGET}.msi", env!("CARGO_PKG_VERSION"));
    assert_eq!(installer.file_name().unwrap(), name.as_str());

    let listed = run(Command::new("msiextract").arg("--list").arg(&installer));
    let mut listed: Vec<_> = listed.lines().collect();
    listed.sort_unstable();
    let expected = [
        "adrc/LICENSE-APACHE.txt",
        "adrc/LICENSE-MIT.txt",
        "adrc/adrc.exe",
        "adrc/completions/adrc.ps1",
        "adrc/documentation.url",
    ];
    assert_eq!(listed, expected);

    let extracted = sandbox.path().join("extracted");
    run(Command::new("msiextract").arg("--directory").arg(&extracted).arg(&installer));
    let pairs = [
        ("adrc.exe", "adrc.exe"),
        ("completions/_adrc.ps1", "completions/adrc.ps1"),
        ("LICENSE-MIT", "LICENSE-MIT.txt"),
        ("LICENSE-APACHE", "LICENSE-APACHE.txt"),
    ];
    for (packed, installed) in pairs {
        let found = fs::read(extracted.join("adrc").join(installed)).unwrap();
        assert!(found == fs::read(archive.join(packed)).unwrap(), "{installed}");
    }
}

#[test]
fn installer_has_the_tables_that_windows_reads() {
    needs!("wixl", "msibuild", "msiinfo", "python3");
    let sandbox = tempfile::tempdir().unwrap();
    let installer = installer(&windows_archive(sandbox.path()), sandbox.path());
    assert_eq!(table(&installer, "Environment"), ["Path\t=-*PATH\t[~];[INSTALLDIR]\tCommand"]);
    let version = env!("CARGO_PKG_VERSION");
    let code = run(script("product-code").arg(version));
    let properties = table(&installer, "Property");
    for property in [
        format!("ProductVersion\t{version}"),
        format!("ProductCode\t{}", code.trim_end()),
        "ALLUSERS\t1".to_owned(),
    ] {
        assert!(properties.contains(&property), "{property} in {properties:?}");
    }
    let actions = table(&installer, "InstallExecuteSequence");
    for action in ["WriteEnvironmentStrings\t\t5200", "RemoveEnvironmentStrings\t\t3300"] {
        assert!(actions.iter().any(|line| line == action), "{action} in {actions:?}");
    }
    assert!(table(&installer, "ServiceInstall").is_empty(), "the installer starts nothing");
    let summary = run(Command::new("msiinfo").arg("suminfo").arg(&installer).env("TZ", "UTC"));
    assert!(summary.contains("Created: Tue Nov 25 12:00:00 2025"), "{EPOCH}: {summary}");
}

/// Windows Installer compares numbers only, so a candidate would stay beside its release.
#[test]
fn candidate_gets_no_installer() {
    needs!("bash");
    let sandbox = tempfile::tempdir().unwrap();
    let scripts = sandbox.path().join(".ci");
    fs::create_dir(&scripts).unwrap();
    for name in ["msi", "version"] {
        fs::copy(adr_tests::root().join(".ci").join(name), scripts.join(name)).unwrap();
    }
    fs::write(sandbox.path().join("Cargo.toml"), "version = \"1.2.3-rc.1\"\n").unwrap();
    let mut msi = Command::new(scripts.join("msi"));
    let said = failure(msi.arg(sandbox.path()).arg(sandbox.path().join("dist")));
    assert!(said.contains("1.2.3-rc.1 is not a release, so it gets no installer"), "{said}");
}

#[test]
fn same_files_give_the_same_installer() {
    needs!("wixl", "msibuild", "msiinfo", "python3");
    let sandbox = tempfile::tempdir().unwrap();
    let archive = windows_archive(sandbox.path());
    let [first, second] = ["first", "second"].map(|name| {
        let installer = installer(&archive, &sandbox.path().join(name));
        // the next one is built in another second
        std::thread::sleep(std::time::Duration::from_millis(1100));
        fs::read(installer).unwrap()
    });
    assert!(first == second);
    fs::write(archive.join("adrc.exe"), "another command\n").unwrap();
    let other = installer(&archive, &sandbox.path().join("other"));
    let code = |installer: &Path| {
        let summary = run(Command::new("msiinfo").arg("suminfo").arg(installer));
        summary.lines().find(|line| line.starts_with("Revision")).unwrap().to_owned()
    };
    let first = sandbox.path().join("first").join(other.file_name().unwrap());
    assert_ne!(code(&first), code(&other), "another file has the code of the first one");
}

#[test]
fn wine_installs_and_removes() {
    needs!("wixl", "msibuild", "msiinfo", "python3");
    if !optional::is_command("wine") {
        return say("LEFT OUT: the installer was not run, because wine is missing");
    }
    let sandbox = tempfile::tempdir().unwrap();
    let installer = installer(&windows_archive(sandbox.path()), sandbox.path());
    let prefix = sandbox.path().join("prefix");
    let wine = |arguments: &[&str]| {
        let mut wine = adr_tests::wine();
        wine.env("WINEPREFIX", &prefix).env("WINEARCH", "win64");
        // neither the browser nor .NET of wine is asked for
        wine.env("WINEDLLOVERRIDES", "mscoree=;mshtml=").env_remove("DISPLAY");
        run(wine.args(arguments).current_dir(sandbox.path()))
    };
    let file = installer.file_name().unwrap().to_str().unwrap();
    let command = prefix.join("drive_c/Program Files/adrc/adrc.exe");
    let path = || {
        let key = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment";
        wine(&["reg", "query", key, "/v", "PATH"])
    };
    wine(&["msiexec", "/i", file, "/qn"]);
    assert!(command.is_file());
    assert!(path().contains(r";C:\Program Files\adrc\"), "{}", path());
    wine(&["msiexec", "/x", file, "/qn"]);
    assert!(!command.exists());
    assert!(!path().contains("adrc"), "{}", path());
    let mut stopped = Command::new("timeout");
    let stopped = stopped.args(["60", "wineserver", "-w"]).env("WINEPREFIX", &prefix).status();
    assert!(stopped.is_ok());
}
