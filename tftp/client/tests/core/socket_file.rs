//! The control socket of Unix is a file: whose it is, and what lies there already.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use adr_client::control::client::Client;
use adr_client::core::{Core, Settings};

use crate::socket::Room;

#[test]
fn only_the_owner_gets_in() {
    let room = Room::new();
    let mode = fs::metadata(room.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    if !rustix::process::geteuid().is_root() {
        // another user cannot be had
        return;
    }
    let talk = format!(
        "use IO::Socket::UNIX; $SIG{{PIPE}} = q(IGNORE); my $s = IO::Socket::UNIX->new(Peer => '{}') or die $!; print $s '{{\"verb\": \"status\"}}', \"\\n\"; $s->flush; print <$s>",
        room.path().display()
    );
    let stranger = || {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "perl", "-e", &talk]);
        command.output().unwrap()
    };
    let closed = stranger();
    assert!(!closed.status.success(), "{closed:?}");
    // and when somebody has opened the way to it, the core looks at who comes
    fs::set_permissions(room.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(room.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let denied = stranger();
    let said = String::from_utf8_lossy(&denied.stdout);
    assert!(said.contains("denied") && !said.contains("generation"), "{denied:?}");
}

#[test]
fn what_lies_where_the_socket_shall_be() {
    let room = Room::new();
    let open = |path: &Path| {
        Core::open(Settings { socket: Some(path.to_owned()), ..room.server.settings() })
    };
    let file = room.folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert!(open(&file).unwrap_err().to_string().contains("no socket"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    let left_over = room.folder.path().join("left.sock");
    drop(UnixListener::bind(&left_over).unwrap());
    let core = open(&left_over).unwrap();
    assert!(Client::connect(&left_over).is_ok());
    drop(core);
    assert!(!left_over.exists(), "its name goes with the core");
}
