//! The boundary to C: pointers of the caller become values, and panics become codes.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::code::Code;

/// Bytes that belong to the caller. They need not end with a NUL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Bytes {
    /// The first byte; may be NULL if `length` is 0.
    pub data: *const c_char,
    /// The number of bytes.
    pub length: usize,
}

/// A buffer that belongs to the caller, and receives a result.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    /// The first byte; may be NULL if `capacity` is 0, which asks for the length.
    pub data: *mut c_char,
    /// The size of the buffer in bytes, with room for the NUL after the result.
    pub capacity: usize,
    /// The length in bytes, without the NUL. The call sets it: to the length of the result, or of
    /// the whole message. A message that is longer than the buffer is cut; a result is not written.
    pub length: usize,
}

impl Bytes {
    /// The bytes; `None` for NULL with a length, and for a length above `isize::MAX`.
    ///
    /// # Safety
    ///
    /// `data` points to `length` bytes that no thread writes to.
    pub(crate) unsafe fn as_slice<'b>(self) -> Option<&'b [u8]> {
        match (self.data.is_null(), self.length) {
            (_, 0) => Some(&[]),
            (true, _) => None,
            (_, length) if isize::try_from(length).is_err() => None,
            // SAFETY: not NULL, not too long, and the caller promises the rest
            _ => Some(unsafe { std::slice::from_raw_parts(self.data.cast(), self.length) }),
        }
    }

    /// Whether writing a result into this buffer may change these bytes.
    ///
    /// # Safety
    ///
    /// `buffer` is NULL or points to one value.
    #[inline]
    pub(crate) unsafe fn overlaps(self, buffer: *const Buffer) -> bool {
        // SAFETY: the caller promises NULL or one value
        let Some(buffer) = (unsafe { buffer.as_ref() }) else {
            return false;
        };
        let (bytes, buffer_start) = (self.data.addr(), buffer.data.addr());
        buffer_start.wrapping_sub(bytes) < self.length
            || bytes.wrapping_sub(buffer_start) < buffer.capacity
    }
}

/// Writes a result and a NUL, or only the length if the buffer is too small.
///
/// # Safety
///
/// `buffer` is NULL or points to one value, whose `data` points to `capacity` bytes; `result` is
/// not in them.
#[inline]
pub(crate) unsafe fn write_result(buffer: *mut Buffer, result: &[u8]) -> Code {
    // SAFETY: the caller promises NULL or one value that no other thread uses now
    let Some(buffer) = (unsafe { buffer.as_mut() }) else {
        return Code::BadArgument;
    };
    buffer.length = result.len();
    if buffer.capacity <= result.len() {
        return Code::TooSmall;
    }
    if buffer.data.is_null() {
        return Code::BadArgument;
    }
    // SAFETY: the buffer has room for the result and one more byte, and the result is not in the
    // buffer: a number that overlaps it was copied
    unsafe {
        std::ptr::copy_nonoverlapping(result.as_ptr(), buffer.data.cast(), result.len());
        buffer.data.add(result.len()).write(0);
    }
    Code::Ok
}

/// Writes a message, shortened to the size of the buffer. As with `snprintf`, the length is that of
/// the whole message.
///
/// # Safety
///
/// As [`write_result`].
pub(crate) unsafe fn write_message(buffer: *mut Buffer, message: &str) {
    // SAFETY: the caller promises NULL or one value that no other thread uses now
    let Some(buffer) = (unsafe { buffer.as_mut() }) else {
        return;
    };
    buffer.length = message.len();
    if buffer.data.is_null() || buffer.capacity == 0 {
        return;
    }
    let mut end = message.len().min(buffer.capacity - 1);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    // SAFETY: the buffer has room for the part and one more byte
    unsafe {
        std::ptr::copy_nonoverlapping(message.as_ptr(), buffer.data.cast(), end);
        buffer.data.add(end).write(0);
    }
}

/// A text that is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text is not UTF-8")]
pub(crate) struct NotUtf8(#[from] std::str::Utf8Error);

/// A text of the caller; `None` for NULL.
///
/// # Errors
///
/// The text is not UTF-8.
///
/// # Safety
///
/// `pointer` is NULL, or points to a text that ends with a NUL.
pub(crate) unsafe fn read_text<'t>(pointer: *const c_char) -> Result<Option<&'t str>, NotUtf8> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller promises a NUL at the end
    let text = unsafe { CStr::from_ptr(pointer) };
    Ok(Some(text.to_str()?))
}

/// Calls a function. A panic becomes a code, because it must not unwind into C.
#[inline]
pub(crate) fn catch_panic(run: impl FnOnce() -> Code) -> Code {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Code::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(bytes: &mut [u8]) -> Buffer {
        Buffer { data: bytes.as_mut_ptr().cast(), capacity: bytes.len(), length: 99 }
    }

    #[test]
    fn result_without_room_for_its_nul_is_too_small() {
        for capacity in 0..8 {
            let mut bytes = [b'x'; 8];
            let mut buffer = buffer(&mut bytes[..capacity]);
            // SAFETY: the buffer is valid
            let code = unsafe { write_result(&raw mut buffer, b"9911") };
            assert_eq!(buffer.length, 4);
            if capacity > 4 {
                assert_eq!((code, &bytes[..6]), (Code::Ok, b"9911\0x".as_slice()));
            } else {
                assert_eq!((code, bytes), (Code::TooSmall, [b'x'; 8]));
            }
        }
    }

    #[test]
    fn message_is_cut_between_characters() {
        let mut bytes = [b'x'; 4];
        let mut buffer = buffer(&mut bytes);
        // SAFETY: the buffer is valid
        unsafe { write_message(&raw mut buffer, "aéé") };
        assert_eq!((buffer.length, &bytes), (5, "aé\0".as_bytes().first_chunk().unwrap()));
    }

    #[test]
    fn length_of_a_message_can_be_asked_for() {
        let mut asking = Buffer { data: std::ptr::null_mut(), capacity: 0, length: 99 };
        // SAFETY: nothing is written without a buffer
        unsafe { write_message(&raw mut asking, "aéé") };
        assert_eq!(asking.length, 5);
        let mut bytes = [b'x'; 6];
        let mut buffer = buffer(&mut bytes);
        // SAFETY: the buffer is valid
        unsafe { write_message(&raw mut buffer, "aéé") };
        assert_eq!((buffer.length, &bytes), (5, "aéé\0".as_bytes().first_chunk().unwrap()));
    }

    #[test]
    fn number_that_overlaps_the_buffer_is_detected() {
        let text = [0_u8; 16];
        let part = |from: usize, length| Bytes { data: text[from..].as_ptr().cast(), length };
        let buffer = Buffer { data: part(4, 0).data.cast_mut(), capacity: 8, length: 0 };
        for from in 0..16 {
            for length in 1..=16 - from {
                let expected = from < 12 && from + length > 4;
                // SAFETY: the buffer is valid
                let overlaps = unsafe { part(from, length).overlaps(&raw const buffer) };
                assert_eq!(overlaps, expected, "{length} from {from}");
            }
        }
        // SAFETY: NULL, or a length that is rejected
        unsafe {
            assert!(!part(0, 16).overlaps(std::ptr::null()));
            let empty = Buffer { data: std::ptr::null_mut(), capacity: 0, length: 0 };
            assert!(!part(0, 16).overlaps(&raw const empty));
        }
    }

    #[test]
    fn null_is_not_read() {
        let bytes = |data: *const c_char, length| Bytes { data, length };
        // SAFETY: NULL, or a length that is rejected
        unsafe {
            assert_eq!(bytes(std::ptr::null(), 0).as_slice(), Some([].as_slice()));
            assert_eq!(bytes(std::ptr::null(), 1).as_slice(), None);
            assert_eq!(bytes(std::ptr::dangling(), usize::MAX).as_slice(), None);
            assert_eq!(write_result(std::ptr::null_mut(), b"x"), Code::BadArgument);
            write_message(std::ptr::null_mut(), "x");
            assert_eq!(read_text(std::ptr::null()), Ok(None));
        }
    }

    #[test]
    fn panic_becomes_a_code() {
        let code = catch_panic(|| panic!("caught at the boundary"));
        assert_eq!(code, Code::Failed);
    }
}
