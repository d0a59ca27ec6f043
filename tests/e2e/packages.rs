//! The packages of a release, made from what the tests have built: their files, links and scripts,
//! what lintian and rpmlint say, and their life from installation to purge.

mod archives;
mod content;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use adr_kit::needs;
use adr_kit::optional::{has, has_commands};

/// 25 November 2025.
const EPOCH: &str = "1764072000";

/// The Debian packages, and the RPM packages.
const DEB: [&str; 3] = ["adrc", "libadrclient0", "libadrclient-dev"];
const RPM: [&str; 3] = ["adrc", "libadrclient0", "libadrclient-devel"];

#[test]
fn lintian_reports_neither_errors_nor_warnings() {
    needs!("lintian");
    let Some(folder) = packages() else { return };
    let mut lintian = Command::new("lintian");
    lintian.args(["--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0"]);
    run(lintian.args(DEB.map(|name| deb(folder, name))));
}

#[test]
fn rpmlint_reports_neither_errors_nor_warnings() {
    needs!("rpmlint");
    let Some(folder) = packages() else { return };
    let config = package_sources().join("rpm/rpmlint.toml");
    let mut rpmlint = Command::new("rpmlint");
    rpmlint.arg("--config").arg(config).args(RPM.map(|name| rpm(folder, name)));
    let report = run(&mut rpmlint);
    assert!(report.contains(" 0 errors, 0 warnings"), "{report}");
}

/// A script does it on a copy of this system: it installs, serves by HTTP and TFTP, upgrades,
/// removes and purges, and compares what is left.
#[test]
fn installed_package_serves_and_purge_leaves_nothing() {
    needs!("unshare", "curl", "tftp", "setpriv", "rpm");
    if !has("root and overlayfs", may_mount_overlay()) {
        return;
    }
    let Some(folder) = packages() else { return };
    let mut life = Command::new("unshare");
    life.args(["--mount", "--net", "--pid", "--fork"]);
    life.arg(adr_tests::root().join("tests/e2e/packages/life")).arg(folder);
    let steps = run(&mut life);
    let steps: Vec<_> = steps.lines().filter_map(|line| line.strip_prefix("ok  ")).collect();
    let expected =
        ["install", "run", "stop", "upgrade", "remove", "purge", "run from RPM", "erase RPM"];
    assert_eq!(steps, expected);
}

fn may_mount_overlay() -> bool {
    let script = "d=$(mktemp -d) && mount -t tmpfs none $d && mkdir $d/u $d/w $d/r &&
        mount -t overlay overlay -o lowerdir=/,upperdir=$d/u,workdir=$d/w $d/r && mount -t proc proc $d/r/proc";
    let unshare = ["--mount", "--net", "--pid", "--fork", "sh", "-c", script];
    Command::new("unshare").args(unshare).output().is_ok_and(|output| output.status.success())
}

/// The folder of the packages, built once for all tests of this run. `None`: this machine cannot
/// build them, and the test is left out.
fn packages() -> Option<&'static Path> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    has_commands(&["dpkg-buildpackage", "dh", "rpmbuild", "strip"])
        .then(|| FOLDER.get_or_init(build).as_path())
}

fn build() -> PathBuf {
    let folder = target_dir().join("packages/test");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("built")).unwrap();
    let link = |from: &Path, name: &str| symlink(from, folder.join("built").join(name)).unwrap();
    link(adr_tests::adrc_path(), "adrc");
    for library in ["libadrclient.so", "libadrclient.a"] {
        link(&adr_tests::client_library(library), library);
    }
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let packed = folder.join("packed");
    let mut package = package_command(&[&target, packed.to_str().unwrap()]);
    run(package.env("BUILT", folder.join("built")));
    packed
}

/// `.ci/package` with these arguments.
fn package_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(adr_tests::root().join(".ci/package"));
    command.args(arguments).current_dir(adr_tests::root());
    command.env("SOURCE_DATE_EPOCH", EPOCH).env("COMPRESSION", "fast");
    command.env("CARGO_TARGET_DIR", target_dir()).env_remove("MINISIGN_KEY");
    command
}

fn target_dir() -> PathBuf {
    adr_tests::adrc_path().ancestors().nth(2).unwrap().to_owned()
}

fn package_sources() -> PathBuf {
    adr_tests::root().join("compiler/cli/package")
}

fn deb(folder: &Path, name: &str) -> PathBuf {
    find(folder, &format!("{name}_"), ".deb")
}

fn rpm(folder: &Path, name: &str) -> PathBuf {
    let version = format!("{name}-{}", env!("CARGO_PKG_VERSION").split('-').next().unwrap());
    find(folder, &version, ".rpm")
}

/// The only file whose name begins and ends like this.
fn find(folder: &Path, start: &str, end: &str) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let is_it = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with(start) && name.ends_with(end)
    };
    let found: Vec<_> = files.filter(is_it).collect();
    assert_eq!(found.len(), 1, "{start}*{end}: {found:?}");
    found[0].clone()
}

/// What the command prints, of both streams; it has to succeed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}: {}\n{text}", output.status);
    text
}
