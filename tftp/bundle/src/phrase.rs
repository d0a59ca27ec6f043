//! Errors of the operating system as text for administrators.

use std::io::{self, ErrorKind};

/// An error of the operating system as text, without its number.
///
/// ```
/// use std::io::{Error, ErrorKind};
///
/// use adr_bundle::folder::phrase;
///
/// assert_eq!(phrase(&ErrorKind::IsADirectory.into()), "this is a folder, not a file");
/// let (error, number) = (Error::from_raw_os_error(5), "(os error 5)");
/// assert!(error.to_string().ends_with(number) && !phrase(&error).contains(number));
/// ```
#[must_use]
pub fn phrase(error: &io::Error) -> String {
    let known = match error.kind() {
        ErrorKind::NotFound => "there is no such file",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::AlreadyExists => "this exists already",
        ErrorKind::NotADirectory => "this path, or a part of it, is not a folder",
        ErrorKind::IsADirectory => "this is a folder, not a file",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::ReadOnlyFilesystem => "the disk is read-only",
        ErrorKind::AddrInUse => "another process listens here",
        ErrorKind::AddrNotAvailable => "this machine has no such address",
        _ => return without_number(error),
    };
    known.to_owned()
}

/// The text of the system. The standard library adds the number of the error to it, also where a
/// program wrapped the error.
fn without_number(error: &io::Error) -> String {
    let text = error.to_string();
    let plain = text.strip_suffix(')').and_then(|text| text.rsplit_once(" (os error "));
    match plain {
        Some((plain, number)) if number.parse::<i32>().is_ok() => plain.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_of_the_system_has_no_number() {
        for number in 1..100 {
            let error = io::Error::from_raw_os_error(number);
            let wrapped = io::Error::other(error.to_string());
            for error in [error, wrapped] {
                let phrase = phrase(&error);
                assert!(!phrase.contains("(os error") && !phrase.is_empty(), "{error}: {phrase}");
            }
        }
    }

    #[test]
    fn text_of_a_program_is_unchanged() {
        for text in ["7 bytes are missing (os error 7) here", "broken (os error x)", "(os error"] {
            assert_eq!(phrase(&io::Error::other(text)), text);
        }
    }
}
