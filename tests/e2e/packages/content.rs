//! Files, links and scripts of the Debian and RPM packages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use adr_kit::needs;
use regex::Regex;
use walkdir::WalkDir;

use super::{DEB, deb, packages, rpm, run};

/// The units, which are enabled by hand.
const UNITS: [&str; 3] = ["adrc.service", "adrc-tftp.socket", "adrc-http.socket"];

/// The settings and the first plan.
const CONFIGURATION: &str = "/etc/adrc/adrc.toml\n/etc/adrc/rules/plan.adr\n";

/// An installed document or an installed example that a text names.
static INSTALLED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/usr/share/[a-z0-9_./-]*[a-z0-9]").expect("a pattern"));

/// The target of a link of Markdown, without its heading.
static LINK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\]\(([^)#\s]+)[^)]*\)").expect("a pattern"));

/// A control file of a Debian package, such as `postinst`.
fn control(folder: &Path, package: &str, file: &str) -> String {
    run(Command::new("dpkg-deb").arg("--info").arg(deb(folder, package)).arg(file))
}

/// The installed paths of the Debian packages, unpacked into a folder.
fn unpacked(folder: &Path, into: &Path) -> BTreeSet<String> {
    for package in DEB {
        run(Command::new("dpkg-deb").arg("--extract").arg(deb(folder, package)).arg(into));
    }
    let files = WalkDir::new(into).into_iter().filter_map(Result::ok);
    let files = files.filter(|file| !file.file_type().is_dir());
    let path = |file: walkdir::DirEntry| {
        format!("/{}", file.path().strip_prefix(into).unwrap().to_string_lossy())
    };
    files.map(path).collect()
}

/// Asserts that each of these ends a path.
fn assert_has(paths: &BTreeSet<String>, expected: &[&str]) {
    for end in expected {
        assert!(paths.iter().any(|path| path.ends_with(end)), "{end} is missing in {paths:#?}");
    }
}

#[test]
fn debian_packages_have_command_library_documents_and_units() {
    let Some(folder) = packages() else { return };
    let into = tempfile::tempdir().unwrap();
    let paths = unpacked(folder, into.path());
    assert_has(
        &paths,
        &UNITS.map(|unit| format!("/systemd/system/{unit}")).each_ref().map(|it| &**it),
    );
    assert_has(
        &paths,
        &[
            "/usr/bin/adrc",
            "/usr/lib/sysusers.d/adrc.conf",
            "/usr/share/adrc/adrc.rules.yml",
            "/usr/share/adrc/adrc-dashboard.json",
            "/usr/share/bash-completion/completions/adrc",
            "/usr/share/zsh/vendor-completions/_adrc",
            "/usr/share/fish/vendor_completions.d/adrc.fish",
            "/usr/share/man/man1/adrc.1.gz",
            "/usr/share/man/man1/adrc-serve.1.gz",
            "/usr/include/adr_client.h",
            "/libadrclient.a",
            "/libadrclient.so",
            "/libadrclient.so.0",
            "/pkgconfig/adrclient.pc",
        ],
    );
    for package in DEB {
        let documents = ["copyright", "changelog.Debian.gz", "changelog.gz"];
        let documents = documents.map(|file| format!("/usr/share/doc/{package}/{file}"));
        assert_has(&paths, &documents.each_ref().map(|it| &**it));
        let sums = control(folder, package, "md5sums");
        run(Command::new("md5sum")
            .arg("--check")
            .arg("--quiet")
            .arg(sums_file(into.path(), &sums))
            .current_dir(into.path()));
    }
    assert_eq!(control(folder, "adrc", "conffiles"), CONFIGURATION);
}

fn sums_file(folder: &Path, sums: &str) -> std::path::PathBuf {
    let path = folder.join("md5sums");
    fs::write(&path, sums).unwrap();
    path
}

#[test]
fn debian_scripts_are_those_of_debhelper() {
    let Some(folder) = packages() else { return };
    let scripts = ["postinst", "prerm", "postrm"].map(|name| control(folder, "adrc", name));
    for script in &scripts {
        assert!(!script.contains("#DEBHELPER#"), "{script}");
    }
    let [postinst, prerm, postrm] = scripts;
    assert!(postinst.contains("systemd-sysusers"), "{postinst}");
    for unit in UNITS {
        assert!(
            postinst.contains(&format!("deb-systemd-helper update-state '{unit}'")),
            "{postinst}"
        );
        assert!(prerm.contains(unit), "{prerm}");
        assert!(postrm.contains(&format!("deb-systemd-helper purge '{unit}'")), "{postrm}");
    }
}

#[test]
fn links_in_installed_documents_lead_to_installed_files() {
    let Some(folder) = packages() else { return };
    let into = tempfile::tempdir().unwrap();
    let paths = unpacked(folder, into.path());
    let mut broken = Vec::new();
    let mut links = 0;
    for path in paths.iter().filter(|path| path.ends_with(".md")) {
        let text = fs::read_to_string(into.path().join(&path[1..])).unwrap();
        let page = Path::new(path).parent().unwrap();
        let targets = LINK.captures_iter(&text).map(|link| link[1].to_owned());
        for target in targets.filter(|target| !target.contains("://")) {
            links += 1;
            let found = into.path().join(page.strip_prefix("/").unwrap()).join(&target);
            if !found.exists() {
                broken.push(format!("{path}: {target}"));
            }
        }
    }
    assert!(links > 100, "{links} links");
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Settings, units, manual pages, rules and documents name paths below `/usr/share`.
#[test]
fn paths_in_installed_texts_exist() {
    let Some(folder) = packages() else { return };
    let into = tempfile::tempdir().unwrap();
    let paths = unpacked(folder, into.path());
    let mut named = BTreeSet::new();
    for path in &paths {
        let mut zcat = Command::new("zcat");
        zcat.arg("--force").arg(into.path().join(&path[1..]));
        if path.ends_with(".so.0") || path.ends_with("/adrc") || path.ends_with(".a") {
            continue;
        }
        let Ok(text) = String::from_utf8(zcat.output().unwrap().stdout) else { continue };
        named.extend(INSTALLED.find_iter(&text).map(|found| (found.as_str().to_owned(), path)));
    }
    assert!(
        named.iter().any(|(name, by)| name.contains("settings.md") && by.ends_with("adrc.toml"))
    );
    assert!(named.iter().any(|(name, by)| name.contains("/doc/adrc/") && by.contains("/man1/")));
    let missing = named.iter().filter(|(name, _)| {
        !name.starts_with("/usr/share/common-licenses") && !into.path().join(&name[1..]).exists()
    });
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn rpm_packages_have_files_names_and_scripts() {
    needs!("rpm");
    let Some(folder) = packages() else { return };
    let query = |package: &str, options: &[&str]| {
        run(Command::new("rpm")
            .arg("--query")
            .args(options)
            .arg("--package")
            .arg(rpm(folder, package)))
    };
    assert_eq!(query("adrc", &["--configfiles"]), CONFIGURATION);
    let files: BTreeSet<String> = query("adrc", &["--list"]).lines().map(str::to_owned).collect();
    assert_has(&files, &["/usr/bin/adrc", "/usr/lib/systemd/system/adrc.service"]);
    assert_has(&files, &["/usr/share/licenses/adrc/LICENSE-MIT", "/usr/share/man/man1/adrc.1.gz"]);
    let scripts = query("adrc", &["--scripts"]);
    for text in ["useradd --system", "systemctl daemon-reload", "try-restart adrc.service"] {
        assert!(scripts.contains(text), "{scripts}");
    }
    assert!(query("libadrclient0", &["--provides"]).contains("libadrclient.so.0()"));
    let needed = query("libadrclient-devel", &["--requires"]);
    assert!(needed.contains("libadrclient0"), "{needed}");
    let tags = ["--queryformat", "%{LICENSE}, %{PACKAGER}"];
    let authors = "MIT OR Apache-2.0, The adrc authors <adrc@users.noreply.github.com>";
    assert_eq!(query("adrc", &tags), authors);
}
