//! Runs two jobs in parallel where the platform has threads.

use std::thread::{self, Builder};

/// Runs the first job in a second thread, in parallel with the second job. If no thread can be
/// started, as on WebAssembly, runs one job after the other.
///
/// A panic of either job continues in the caller.
pub(crate) fn in_two_threads<A: Send, B>(
    thread: Builder,
    first: impl Fn() -> A + Sync,
    second: impl FnOnce() -> B,
) -> (A, B) {
    thread::scope(|scope| {
        let started = thread.spawn_scoped(scope, &first);
        let second = second();
        let first = match started.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(first)) => first,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => first(),
        };
        (first, second)
    })
}

#[cfg(test)]
mod tests {
    use std::thread::{self, Builder};

    use super::in_two_threads;

    /// A thread that cannot be started, because its stack exceeds the memory.
    fn none() -> Builder {
        Builder::new().stack_size(1 << 60)
    }

    #[test]
    fn jobs_run_in_two_threads() {
        let id = || thread::current().id();
        let (first, second) = in_two_threads(Builder::new(), id, id);
        assert_ne!(first, second);
        assert_eq!(second, id());
    }

    #[test]
    fn jobs_run_one_after_the_other_where_no_thread_starts() {
        assert!(none().spawn(|| ()).is_err());
        let id = || thread::current().id();
        assert_eq!(in_two_threads(none(), id, id), (id(), id()));
    }

    #[test]
    #[should_panic(expected = "first")]
    fn panic_of_the_first_job_continues_in_the_caller() {
        in_two_threads(Builder::new(), || panic!("first"), || ());
    }
}
