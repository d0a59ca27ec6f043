//! The control socket on Windows: a named pipe that only processes of its owner can open, which
//! also checks the user of each peer.
//!
//! The access control list of the pipe keeps other users out. Checking the peer's process is a
//! second line of defense in case the list was changed. A process that reports the identifier of
//! another process can deceive it.

mod peer;
mod stream;
mod user;

use std::io::{self, ErrorKind};
use std::path::Path;

use interprocess::os::windows::ToWtf16;
use interprocess::os::windows::named_pipe::PipeListenerOptions;
use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use interprocess::os::windows::named_pipe::tokio::PipeListener;
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use tokio::net::windows::named_pipe::ClientOptions;

use super::accept::Accept;
use super::error::BindError;
use peer::Peer;
use stream::PIPE_BUSY;
pub use stream::Stream;

/// The prefix of the name of every pipe of this machine.
const PREFIX: &str = r"\\.\pipe\";

/// How many bytes the system buffers in each direction.
const BUFFER_BYTES: u32 = 64 * 1024;

/// A pipe that accepts connections. Dropping it removes the name of the pipe.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: PipeListener<Bytes, Bytes>,
    /// The user who runs the core, as a security identifier.
    owner: String,
}

impl Listener {
    /// Creates a pipe that processes of this user on this machine can open; needs a runtime.
    ///
    /// # Errors
    ///
    /// Another core is listening there, the path is not the name of a pipe, or the operating system
    /// reports an error.
    pub(crate) fn bind(path: &Path) -> Result<Self, BindError> {
        if !is_pipe(path) {
            return Err(BindError::NotAPipe { path: path.to_owned() });
        }
        check_unused(path)?;
        let created = user::of_process(std::process::id())
            .and_then(|owner| Self::create(path, &owner, &owner));
        created.map_err(|source| BindError::Io { path: path.to_owned(), source })
    }

    /// Creates a pipe that processes of `admitted` can open, and that accepts peers of `owner`.
    fn create(path: &Path, admitted: &str, owner: &str) -> io::Result<Self> {
        let options = PipeListenerOptions::new()
            .path(path)
            .input_buffer_size_hint(BUFFER_BYTES)
            .output_buffer_size_hint(BUFFER_BYTES)
            .accept_remote(false)
            .security_descriptor(Some(access_for(admitted)?));
        // fails if there is a pipe of this name
        let listener = options.create_tokio_duplex()?;
        Ok(Self { listener, owner: owner.to_owned() })
    }
}

impl Accept for Listener {
    type Stream = Peer;

    async fn accept(&self) -> io::Result<(Peer, bool)> {
        let stream = self.listener.accept().await?;
        let user = stream.client_process_id().and_then(user::of_process);
        let is_owner = user.is_ok_and(|user| user == self.owner);
        Ok((Peer::new(stream), is_owner))
    }
}

fn is_pipe(path: &Path) -> bool {
    let name = path.to_str().and_then(|path| path.strip_prefix(PREFIX));
    name.is_some_and(|name| !name.is_empty() && !name.contains(['\\', '\0']))
}

/// Full access for one user, none for any other, and nothing inherited.
fn access_for(user: &str) -> io::Result<SecurityDescriptor> {
    let text = format!("D:P(A;;GA;;;{user})");
    let text = text.to_wtf_16().map_err(io::Error::other)?;
    SecurityDescriptor::deserialize(&text)
}

/// Checks that no pipe has this name. The system refuses a second pipe as well, but only with
/// "access denied".
fn check_unused(path: &Path) -> Result<(), BindError> {
    let error = match ClientOptions::new().open(path) {
        Ok(_) => None,
        Err(error) if error.raw_os_error() == Some(PIPE_BUSY) => None,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => Some(error),
    };
    let path = path.to_owned();
    Err(match error {
        None => BindError::InUse { path },
        Some(error) if error.kind() == ErrorKind::PermissionDenied => {
            BindError::OtherOwner { path }
        }
        Some(source) => BindError::Io { path, source },
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::control::client::{Client, Reply};
    use crate::handle::Handle;

    /// The system account, which never runs these tests.
    const OTHER_USER: &str = "S-1-5-18";

    const WAIT: Duration = Duration::from_secs(60);

    fn this_user() -> String {
        user::of_process(std::process::id()).unwrap()
    }

    /// Calls a function with the name of a pipe while the pipe is served.
    fn with_pipe<T>(admitted: &str, owner: &str, run: impl FnOnce(&Path) -> T) -> T {
        let name = tempfile::Builder::new().prefix("adrc-").tempdir().unwrap();
        let name = name.path().file_name().unwrap().to_str().unwrap();
        let path = Path::new(PREFIX).join(name);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let entered = runtime.enter();
        let listener = Listener::create(&path, admitted, owner).unwrap();
        drop(entered);
        let (handle, _commands) = Handle::without_core();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = crate::control::serve(listener, handle) => {}
                    _ = stopped => {}
                }
            });
        });
        let result = run(&path);
        stop.send(()).unwrap();
        served.join().unwrap();
        result
    }

    fn hello(path: &Path) -> Reply {
        Client::connect(path).unwrap().send_verb("hello", WAIT).unwrap()
    }

    #[test]
    fn owner_gets_a_reply() {
        let reply = with_pipe(&this_user(), &this_user(), hello);
        assert!(matches!(reply, Reply::Ok(_)), "{reply:?}");
    }

    #[test]
    fn other_user_is_denied() {
        let reply = with_pipe(&this_user(), OTHER_USER, hello);
        assert!(matches!(reply, Reply::Error { ref code, .. } if code == "denied"), "{reply:?}");
    }

    /// Fails under wine 8, which stores the list of a pipe and lets everybody open it:
    /// `tests/windows` skips this test.
    #[test]
    fn user_who_is_not_on_the_list_cannot_connect() {
        let error = with_pipe(OTHER_USER, &this_user(), |path| Stream::connect(path).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    }

    #[test]
    fn pipe_of_another_user_is_not_connected_to() {
        let error = with_pipe(&this_user(), &this_user(), |path| {
            Stream::connect_to(path, OTHER_USER).unwrap_err()
        });
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    }

    #[test]
    fn invalid_pipe_name_is_rejected() {
        for path in [
            "",
            "adrc",
            r"\\.\pipe\",
            r"\\.\pipe\a\b",
            r"C:\pipe\adrc",
            r"\\server\pipe\adrc",
            "\\\\.\\pipe\\a\0b",
        ] {
            let error = Listener::bind(Path::new(path)).unwrap_err();
            assert!(matches!(error, BindError::NotAPipe { .. }), "{path}: {error}");
        }
    }
}
