//! Panics: each becomes a line of the log, with the place in the source.

use std::cell::Cell;
use std::panic::{PanicHookInfo, set_hook};

use adr_bundle::disk::Unfinished;

thread_local! {
    /// Whether this thread works with something that must not be in the log.
    static IS_PRIVATE: Cell<bool> = const { Cell::new(false) };
}

/// Hands a line about every panic of this process to `show`, in the place of Rust's own message on
/// standard error, which waits for its reader.
pub(crate) fn show_by(show: impl Fn(&str) + Send + Sync + 'static) {
    set_hook(Box::new(move |panic| show(&describe(panic))));
}

/// Runs work with dialed numbers: the line about a panic of it has the place without the message,
/// which may quote a number.
pub(crate) fn without_message<T>(work: impl FnOnce() -> T) -> T {
    let _private = Private(IS_PRIVATE.replace(true));
    work()
}

/// Restores what was before, also after a panic.
struct Private(bool);

impl Drop for Private {
    fn drop(&mut self) {
        IS_PRIVATE.set(self.0);
    }
}

fn describe(panic: &PanicHookInfo<'_>) -> String {
    let message = match IS_PRIVATE.get() {
        true => Unfinished::Panicked("a message that may quote a dialed number".to_owned()),
        false => Unfinished::panicked(panic.payload()),
    };
    let place = panic.location().map_or_else(String::new, |place| format!(" at {place}"));
    let thread = std::thread::current();
    format!("{message} in thread `{}`{place}", thread.name().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::panic::take_hook;
    use std::sync::mpsc;
    use std::thread::Builder;

    use super::*;

    #[test]
    fn message_about_work_with_numbers_is_left_out() {
        let (sender, lines) = mpsc::channel();
        show_by(move |line| drop(sender.send(line.to_owned())));
        let run = |name: &str, work: fn()| {
            let thread = Builder::new().name(name.to_owned()).spawn(work).unwrap();
            assert!(thread.join().is_err());
            let name = format!("in thread `{name}`");
            lines.try_iter().find(|line| line.contains(&name)).unwrap()
        };
        let private = run("private", || without_message(|| panic!("no rule for 5550143")));
        let after = run("after", || {
            without_message(|| ());
            panic!("no folder")
        });
        drop(take_hook());
        assert!(private.contains("panics.rs:") && !private.contains("0143"), "{private}");
        assert!(after.contains("internal error: no folder"), "{after}");
    }
}
