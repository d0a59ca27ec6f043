//! Where a caller's pointers become values, and our panics become codes.

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::code::Code;

/// Bytes of the caller's, which need no NUL behind them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Bytes {
    /// The first of them; may be NULL when there are none.
    pub data: *const c_char,
    /// How many.
    pub length: usize,
}

/// Room of the caller's, into which a result is written.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    /// The first byte; may be NULL when the capacity is 0, to ask for a length.
    pub data: *mut c_char,
    /// How many bytes may be written, the NUL behind a result among them.
    pub capacity: usize,
    /// The length of the result without its NUL; set by the call.
    pub length: usize,
}

impl Bytes {
    /// The bytes; `None` for NULL with a length, or a length that cannot be.
    ///
    /// # Safety
    ///
    /// `data` points to `length` bytes that nobody writes to.
    pub(crate) unsafe fn as_slice<'b>(self) -> Option<&'b [u8]> {
        match (self.data.is_null(), self.length) {
            (_, 0) => Some(&[]),
            (true, _) => None,
            (_, length) if isize::try_from(length).is_err() => None,
            // SAFETY: not NULL, not too long, and the caller promises the rest
            _ => Some(unsafe { std::slice::from_raw_parts(self.data.cast(), self.length) }),
        }
    }

    /// Whether a result that is written into this buffer may change these bytes.
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
        let (bytes, room) = (self.data.addr(), buffer.data.addr());
        room.wrapping_sub(bytes) < self.length || bytes.wrapping_sub(room) < buffer.capacity
    }
}

/// Writes a result and a NUL behind it, or only its length when there is no room.
///
/// # Safety
///
/// `buffer` is NULL or points to one value, whose `data` has room for `capacity` bytes; `result` is
/// not in it.
#[inline]
pub(crate) unsafe fn put(buffer: *mut Buffer, result: &[u8]) -> Code {
    // SAFETY: the caller promises NULL or one value that nobody else uses now
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
    // SAFETY: there is room for the result and one byte more, and a result never lies in a caller's
    // buffer: a number that does was copied
    unsafe {
        std::ptr::copy_nonoverlapping(result.as_ptr(), buffer.data.cast(), result.len());
        buffer.data.add(result.len()).write(0);
    }
    Code::Ok
}

/// Writes a sentence, as much of it as there is room for.
///
/// # Safety
///
/// As [`put`].
pub(crate) unsafe fn tell(buffer: *mut Buffer, sentence: &str) {
    // SAFETY: the caller promises NULL or one value
    let Some(known) = (unsafe { buffer.as_ref() }) else {
        return;
    };
    let mut end = sentence.len().min(known.capacity.saturating_sub(1));
    while !sentence.is_char_boundary(end) {
        end -= 1;
    }
    // SAFETY: as above
    unsafe { put(buffer, &sentence.as_bytes()[..end]) };
}

/// A caller's text; `None` for NULL.
///
/// # Safety
///
/// NULL, or a text that ends with a NUL.
pub(crate) unsafe fn text<'t>(pointer: *const c_char) -> Result<Option<&'t str>, String> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller promises a NUL at its end
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map(Some).map_err(|_| "a text is not UTF-8".to_owned())
}

/// Runs something; a panic must not cross the border.
#[inline]
pub(crate) fn guarded(run: impl FnOnce() -> Code) -> Code {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Code::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(room: &mut [u8]) -> Buffer {
        Buffer { data: room.as_mut_ptr().cast(), capacity: room.len(), length: 99 }
    }

    #[test]
    fn a_result_needs_room_for_its_nul() {
        for capacity in 0..8 {
            let mut room = [b'x'; 8];
            let mut buffer = buffer(&mut room[..capacity]);
            // SAFETY: the buffer is one
            let code = unsafe { put(&raw mut buffer, b"9911") };
            assert_eq!(buffer.length, 4);
            if capacity > 4 {
                assert_eq!((code, &room[..6]), (Code::Ok, b"9911\0x".as_slice()));
            } else {
                assert_eq!((code, room), (Code::TooSmall, [b'x'; 8]));
            }
        }
    }

    #[test]
    fn a_sentence_is_cut_between_characters() {
        let mut room = [b'x'; 4];
        let mut buffer = buffer(&mut room);
        // SAFETY: the buffer is one
        unsafe { tell(&raw mut buffer, "aéé") };
        assert_eq!((buffer.length, &room), (3, "aé\0".as_bytes().first_chunk().unwrap()));
    }

    #[test]
    fn a_number_in_the_room_for_the_result_is_noticed() {
        let text = [0_u8; 16];
        let part = |from: usize, length| Bytes { data: text[from..].as_ptr().cast(), length };
        let room = Buffer { data: part(4, 0).data.cast_mut(), capacity: 8, length: 0 };
        for from in 0..16 {
            for length in 1..=16 - from {
                let shares = from < 12 && from + length > 4;
                // SAFETY: the buffer is one
                let noticed = unsafe { part(from, length).overlaps(&raw const room) };
                assert_eq!(noticed, shares, "{length} from {from}");
            }
        }
        // SAFETY: NULL, or no bytes at all
        unsafe {
            assert!(!part(0, 16).overlaps(std::ptr::null()));
            let nowhere = Buffer { data: std::ptr::null_mut(), capacity: 0, length: 0 };
            assert!(!part(0, 16).overlaps(&raw const nowhere));
        }
    }

    #[test]
    fn nothing_is_read_from_null() {
        let bytes = |data: *const c_char, length| Bytes { data, length };
        // SAFETY: NULL, or no bytes at all
        unsafe {
            assert_eq!(bytes(std::ptr::null(), 0).as_slice(), Some([].as_slice()));
            assert_eq!(bytes(std::ptr::null(), 1).as_slice(), None);
            assert_eq!(bytes(std::ptr::dangling(), usize::MAX).as_slice(), None);
            assert_eq!(put(std::ptr::null_mut(), b"x"), Code::BadArgument);
            tell(std::ptr::null_mut(), "x");
            assert_eq!(text(std::ptr::null()), Ok(None));
        }
    }

    #[test]
    fn a_panic_becomes_a_code() {
        let code = guarded(|| panic!("stopped at the border"));
        assert_eq!(code, Code::Failed);
    }
}
