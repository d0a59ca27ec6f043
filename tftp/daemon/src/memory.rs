//! Makes a process that runs for long give freed memory back to the system soon.

use crate::platform::start_again_with;

/// How many milliseconds the allocator keeps freed memory. It reads this variable of the
/// environment before `main`, and its own default is 1000.
const DELAY: &str = "MIMALLOC_PURGE_DELAY";

/// The delay of a process that runs for long, in milliseconds. A new generation takes several times
/// the memory that stays in use: with ten thousand rules of a CUCM, 51 MB instead of
/// 90 (docs/contributing/benchmarks.md).
const SHORT_DELAY: &str = "1";

/// Starts this program again, in the same process, with a short delay, where the system can do
/// that. Does nothing where the environment has a delay: in the program that was started again, or
/// by the wish of a person.
///
/// Call it before the process has threads or output.
pub fn give_back_soon() {
    // if it fails, the allocator keeps its default
    start_again_with(DELAY, SHORT_DELAY);
}
