//! Callbacks: each subscription has a thread that waits for the next state.

use std::ffi::{CString, c_char, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use adr_client::core::Handle;
use adr_client::status::Status;
use tokio::sync::watch::{Receiver, Sender};

use crate::code::Code;

/// What is called with a state: its text, the length of the text, and what the subscriber gave
/// along.
pub type Told = Option<extern "C" fn(status: *const c_char, length: usize, user: *mut c_void)>;

/// The threads of a core's subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    threads: Mutex<Vec<JoinHandle<()>>>,
    has_ended: Sender<bool>,
}

/// The caller's word that a pointer may go to another thread.
struct User(*mut c_void);

// SAFETY: `adr_subscribe` tells its caller that the callback comes from another thread
unsafe impl Send for User {}

impl Subscriptions {
    /// Calls `told` with `user` until the subscriptions are ended.
    pub(crate) fn add(
        &self,
        handle: &Handle,
        (told, user): (extern "C" fn(*const c_char, usize, *mut c_void), *mut c_void),
    ) -> Code {
        let (news, user) = (handle.subscribe(), User(user));
        let ended = self.has_ended.subscribe();
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else {
            return Code::Failed;
        };
        let tell = move || {
            let user = user;
            runtime.block_on(each((news, ended), |json| {
                told(json.as_ptr(), json.as_bytes().len(), user.0);
            }));
        };
        match std::thread::Builder::new().name("adrc-news".to_owned()).spawn(tell) {
            Ok(thread) => {
                self.threads().push(thread);
                Code::Ok
            }
            Err(_) => Code::Failed,
        }
    }

    /// Ends all of them, and waits until no callback runs.
    pub(crate) fn end(&self) {
        self.has_ended.send_replace(true);
        while let Some(thread) = self.take() {
            // one whose callback misbehaved has ended as well
            let _ = thread.join();
        }
    }

    fn take(&self) -> Option<JoinHandle<()>> {
        self.threads().pop()
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn each((mut news, mut ended): (Receiver<Status>, Receiver<bool>), tell: impl Fn(&CString)) {
    loop {
        let json = serde_json::to_vec(&*news.borrow_and_update()).unwrap_or_default();
        // JSON has no NUL in it
        tell(&CString::new(json).unwrap_or_default());
        tokio::select! {
            biased;
            _ = ended.wait_for(|ended| *ended) => return,
            changed = news.changed() => if changed.is_err() { return },
        }
    }
}
