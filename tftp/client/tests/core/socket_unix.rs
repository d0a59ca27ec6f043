//! The control socket on Unix: the permissions of its file, and files that are already there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use adr_client::control::client::Client;
use adr_client::{Core, Settings};
use adr_kit::optional::{has, has_commands};

use crate::socket::Fixture;

#[test]
fn other_user_is_rejected() {
    let fixture = Fixture::new();
    let mode = fs::metadata(fixture.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let is_root = rustix::process::geteuid().is_root();
    if !has("root, to become another user", is_root) || !has_commands(&["setpriv", "perl"]) {
        return;
    }
    let script = format!(
        "use IO::Socket::UNIX; $SIG{{PIPE}} = q(IGNORE); my $s = IO::Socket::UNIX->new(Peer => '{}') or die $!; print $s '{{\"verb\": \"status\"}}', \"\\n\"; $s->flush; print <$s>",
        fixture.path().display()
    );
    let as_other_user = || {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "perl", "-e", &script]);
        command.output().unwrap()
    };
    let closed = as_other_user();
    assert!(!closed.status.success(), "{closed:?}");
    // with open permissions, the core still checks the user of the peer
    fs::set_permissions(fixture.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(fixture.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let denied = as_other_user();
    let reply = String::from_utf8_lossy(&denied.stdout);
    assert!(reply.contains("denied") && !reply.contains("generation"), "{denied:?}");
}

#[test]
fn file_is_left_in_place_and_leftover_socket_is_replaced() {
    let fixture = Fixture::new();
    let open = |path: &Path| {
        Core::open(Settings { socket: Some(path.to_owned()), ..fixture.server.settings() })
    };
    let file = fixture.folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert!(open(&file).unwrap_err().to_string().contains("not a socket"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    let left_over = fixture.folder.path().join("left.sock");
    drop(UnixListener::bind(&left_over).unwrap());
    let core = open(&left_over).unwrap();
    assert!(Client::connect(&left_over).is_ok());
    drop(core);
    assert!(!left_over.exists(), "the closed core has removed its socket");
}

/// Somebody removed the socket of a core, and another core was started in its place.
#[test]
fn closed_core_leaves_the_socket_of_another_core() {
    let fixture = Fixture::new();
    fs::remove_file(fixture.path()).unwrap();
    let other = Settings { socket: Some(fixture.path()), ..fixture.server.settings() };
    let other = Core::open(other).unwrap();
    let path = fixture.path();
    let Fixture { core, folder, .. } = fixture;
    drop(core);
    assert!(Client::connect(&path).is_ok());
    drop(other);
    assert!(!path.exists() && folder.path().exists());
}

/// A path that fits in an address just so works, although a longer one is needed for a moment.
#[test]
fn path_of_a_socket_has_a_limit() {
    let fixture = Fixture::new();
    let open = |path: &Path| {
        Core::open(Settings { socket: Some(path.to_owned()), ..fixture.server.settings() })
    };
    let max = if cfg!(target_os = "linux") { 107 } else { 103 };
    let folder = fixture.folder.path();
    let deep = folder.join("d".repeat(max - folder.as_os_str().len() - "//s".len()));
    fs::create_dir(&deep).unwrap();
    let longest = deep.join("s");
    assert_eq!(longest.as_os_str().len(), max);
    let core = open(&longest).unwrap();
    assert!(Client::connect(&longest).is_ok());
    drop(core);
    assert!(!longest.exists());
    let error = open(&deep.join("st")).unwrap_err().to_string();
    let expected = format!("the path of a socket has at most {max} bytes, and this one has");
    assert!(error.contains(&expected), "{error}");
    assert!(!deep.join("st").exists());
}
