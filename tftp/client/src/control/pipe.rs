//! Windows: a named pipe that its owner's processes alone may open, and whose visitors are looked
//! at once more.
//!
//! What keeps others out is the list of who may open the pipe, which the system holds. The look at
//! a visitor's process is a second one: it counts where that list was changed, and a process that
//! tells another's number can deceive it.

mod caller;
mod user;
mod visitor;

use std::io::{self, ErrorKind};
use std::path::Path;

use interprocess::os::windows::ToWtf16;
use interprocess::os::windows::named_pipe::PipeListenerOptions;
use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use interprocess::os::windows::named_pipe::tokio::PipeListener;
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use tokio::net::windows::named_pipe::ClientOptions;

use super::Entrance;
pub use caller::Stream;
use visitor::Visitor;

/// What the name of every pipe of this machine begins with.
const PREFIX: &str = r"\\.\pipe\";

/// Bytes that the system keeps of each direction until they are read.
const ROOM: u32 = 64 * 1024;

/// The system's word for a pipe whose every instance is taken just now.
const PIPE_BUSY: i32 = 231;

/// A pipe that is served; its name goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Door {
    listener: PipeListener<Bytes, Bytes>,
    owner: String,
}

impl Door {
    /// Makes a pipe that processes of this user can open, on this machine, and that nobody made
    /// before. Needs a runtime.
    ///
    /// # Errors
    ///
    /// Another core answers there, the name is none of a pipe, or the system refuses; place, cause
    /// and what to do.
    pub(crate) fn bind(path: &Path) -> Result<Self, String> {
        let words = |error: io::Error| format!("{}: {error}; name another pipe", path.display());
        if !is_pipe(path) {
            let path = path.display();
            return Err(format!("{path}: this is no pipe; write {PREFIX}NAME"));
        }
        refuse_a_second(path)?;
        let owner = user::of(std::process::id()).map_err(words)?;
        Self::make(path, &owner, &owner).map_err(words)
    }

    /// Makes a pipe that processes of `admitted` can open, and at which `owner` is asked in.
    fn make(path: &Path, admitted: &str, owner: &str) -> io::Result<Self> {
        let options = PipeListenerOptions::new()
            .path(path)
            .input_buffer_size_hint(ROOM)
            .output_buffer_size_hint(ROOM)
            .accept_remote(false)
            .security_descriptor(Some(open_to(admitted)?));
        // refused by the system where there is a pipe of that name already
        let listener = options.create_tokio_duplex()?;
        Ok(Self { listener, owner: owner.to_owned() })
    }
}

impl Entrance for Door {
    type Stream = Visitor;

    async fn enter(&self) -> io::Result<(Visitor, bool)> {
        let stream = self.listener.accept().await?;
        let visitor = stream.client_process_id().and_then(user::of);
        let is_owner = visitor.is_ok_and(|visitor| visitor == self.owner);
        Ok((Visitor::new(stream), is_owner))
    }
}

fn is_pipe(path: &Path) -> bool {
    let name = path.to_str().and_then(|path| path.strip_prefix(PREFIX));
    name.is_some_and(|name| !name.is_empty() && !name.contains(['\\', '\0']))
}

/// Everything for one user, nothing for anybody else, and nothing that is inherited.
fn open_to(user: &str) -> io::Result<SecurityDescriptor> {
    let text = format!("D:P(A;;GA;;;{user})");
    let text = text.to_wtf_16().map_err(io::Error::other)?;
    SecurityDescriptor::deserialize(&text)
}

/// The system refuses a second maker of a pipe by itself, in words that say no more than "access
/// denied".
fn refuse_a_second(path: &Path) -> Result<(), String> {
    let error = match ClientOptions::new().open(path) {
        Ok(_) => None,
        Err(error) if error.raw_os_error() == Some(PIPE_BUSY) => None,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => Some(error),
    };
    let path = path.display();
    Err(match error {
        None => format!("{path}: another core answers here; stop it, or name another pipe"),
        Some(error) if error.kind() == ErrorKind::PermissionDenied => {
            format!("{path}: this pipe belongs to another user; name another pipe")
        }
        Some(error) => format!("{path}: {error}; name another pipe"),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::control::client::{Answered, Client};
    use crate::core::Handle;

    /// The system itself, which runs no tests.
    const STRANGER: &str = "S-1-5-18";

    const WAIT: Duration = Duration::from_secs(60);

    fn me() -> String {
        user::of(std::process::id()).unwrap()
    }

    /// Serves a pipe while somebody does something with it.
    fn beside<T>(admitted: &str, owner: &str, does: impl FnOnce(&Path) -> T) -> T {
        let name = tempfile::Builder::new().prefix("adrc-").tempdir().unwrap();
        let name = name.path().file_name().unwrap().to_str().unwrap();
        let path = Path::new(PREFIX).join(name);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let entered = runtime.enter();
        let door = Door::make(&path, admitted, owner).unwrap();
        drop(entered);
        let (handle, _commands) = Handle::alone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = crate::control::serve(door, handle) => {}
                    _ = stopped => {}
                }
            });
        });
        let done = does(&path);
        stop.send(()).unwrap();
        served.join().unwrap();
        done
    }

    fn hello(path: &Path) -> Answered {
        Client::connect(path).unwrap().verb("hello", WAIT).unwrap()
    }

    #[test]
    fn the_owner_gets_in() {
        let said = beside(&me(), &me(), hello);
        assert!(matches!(said, Answered::Yes(_)), "{said:?}");
    }

    #[test]
    fn whoever_is_not_the_owner_is_told_so() {
        let said = beside(&me(), STRANGER, hello);
        assert!(matches!(said, Answered::No { ref code, .. } if code == "denied"), "{said:?}");
    }

    /// Not so under wine 8, which keeps the list of a pipe and opens it to everybody:
    /// `tests/windows` leaves this out.
    #[test]
    fn whoever_is_not_admitted_cannot_open_it() {
        let error = beside(STRANGER, &me(), |path| Stream::connect(path).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    }

    #[test]
    fn a_pipe_of_another_user_is_not_talked_to() {
        let error = beside(&me(), &me(), |path| Stream::connect_to(path, STRANGER).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    }

    #[test]
    fn what_is_no_pipe() {
        for path in [
            "",
            "adrc",
            r"\\.\pipe\",
            r"\\.\pipe\a\b",
            r"C:\pipe\adrc",
            r"\\server\pipe\adrc",
            "\\\\.\\pipe\\a\0b",
        ] {
            let refused = Door::bind(Path::new(path)).unwrap_err();
            assert!(refused.contains("this is no pipe"), "{path}: {refused}");
        }
    }
}
