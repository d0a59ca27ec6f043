//! Texts that are valid for the life of the program.

use std::ffi::c_char;

use crate::code;

/// Returns an English phrase for a code, which is valid for the life of the program; "unknown code"
/// for any other number.
#[unsafe(no_mangle)]
pub extern "C" fn adr_code_text(code: i32) -> *const c_char {
    code::text(code).as_ptr()
}

/// Returns the version of the library, such as "0.1.0", which is valid for the life of the program.
#[unsafe(no_mangle)]
pub extern "C" fn adr_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}
