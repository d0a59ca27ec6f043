//! Waiting for another program that has a file open. On Windows such a file cannot be replaced, and
//! some programs let nobody else read it meanwhile.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::platform;

/// How long an operation on a file is repeated while another program has the file open: longer than
/// a scanner of viruses or an indexer looks at a small file, shorter than a person waits.
pub const HELD_TIME_LIMIT: Duration = Duration::from_secs(2);

/// Time between two attempts.
const PAUSE: Duration = Duration::from_millis(10);

/// Repeats a rename or a removal while another program has the file open, at most for
/// [`HELD_TIME_LIMIT`]. On Unix nobody can hold a file that way, so the operation runs once.
///
/// On Windows, a missing permission looks the same and is reported after that time.
///
/// # Errors
///
/// The error of the last attempt.
pub fn retry_while_held<T>(operation: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    retry(platform::is_held_open, operation)
}

/// The same until a time that several operations share, such as the removals of many folders. An
/// operation that begins later runs once.
///
/// # Errors
///
/// The error of the last attempt.
pub fn retry_while_held_until<T>(
    end: Instant,
    operation: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    retry_until(end, platform::is_held_open, operation)
}

/// Whether an operation failed only because another program has the file open: never on Unix. On
/// Windows, a missing permission looks the same.
#[must_use]
pub fn is_held_open(error: &io::Error) -> bool {
    platform::is_held_open(error)
}

/// Repeats an operation as long as it fails with such an error, at most for [`HELD_TIME_LIMIT`].
pub(crate) fn retry<T>(
    is_temporary: impl Fn(&io::Error) -> bool,
    operation: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    retry_until(Instant::now() + HELD_TIME_LIMIT, is_temporary, operation)
}

fn retry_until<T>(
    end: Instant,
    is_temporary: impl Fn(&io::Error) -> bool,
    mut operation: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    loop {
        match operation() {
            Err(error) if is_temporary(&error) && Instant::now() < end => sleep(PAUSE),
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    fn is_busy(error: &io::Error) -> bool {
        error.kind() == ErrorKind::ResourceBusy
    }

    /// An operation that fails with these errors one after the other, and then succeeds; counts
    /// its attempts.
    fn fails(errors: &[ErrorKind], attempts: &mut u32) -> impl FnMut() -> io::Result<()> {
        let mut errors = errors.iter().copied();
        move || {
            *attempts += 1;
            errors.next().map_or(Ok(()), |kind| Err(kind.into()))
        }
    }

    #[test]
    fn operation_on_a_held_file_is_repeated_until_it_succeeds() {
        let mut attempts = 0;
        retry(is_busy, fails(&[ErrorKind::ResourceBusy; 3], &mut attempts)).unwrap();
        assert_eq!(attempts, 4);
    }

    #[test]
    fn other_errors_are_reported_at_once() {
        let mut attempts = 0;
        let errors = [ErrorKind::ResourceBusy, ErrorKind::NotFound, ErrorKind::ResourceBusy];
        let error = retry(is_busy, fails(&errors, &mut attempts)).unwrap_err();
        assert_eq!((error.kind(), attempts), (ErrorKind::NotFound, 2));
    }

    #[test]
    fn operations_that_share_a_time_limit_do_not_add_up() {
        let limit = Duration::from_secs(1);
        let began = Instant::now();
        let mut attempts = 0;
        // limits that add up would take a quarter of an hour
        for _ in 0..1_000 {
            let busy = || -> io::Result<()> {
                attempts += 1;
                Err(ErrorKind::ResourceBusy.into())
            };
            let error = retry_until(began + limit, is_busy, busy).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ResourceBusy);
            assert!(began.elapsed() < 120 * limit, "{:?}", began.elapsed());
        }
        assert!(began.elapsed() >= limit, "{:?}", began.elapsed());
        assert!(attempts > 1_000, "the first one was repeated, and every other one was tried");
    }
}
