//! Calling a function that may throw.
//!
//! `catch_unwind` aborts the process when an exception of another language reaches it. Where it is
//! known how, a frame of our own catches these: it has the personality routine that the unwinder
//! asks who handles an exception. Elsewhere an exception ends the process, as it does in C++ when
//! it leaves a thread.

use std::ffi::{c_char, c_void};

use super::Function;

/// Calls a callback; whether it returned. `false` after an exception, which is released.
///
/// # Safety
///
/// The callback accepts these arguments.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) unsafe extern "C-unwind" fn call_guarded(
    callback: Function,
    status: *const c_char,
    length: usize,
    user: *mut c_void,
) -> bool {
    // SAFETY: the assembly passes the arguments on
    unsafe { catching::adr_call_catching(callback, status, length, user) == 0 }
}

/// Calls a callback; whether it returned.
///
/// # Safety
///
/// The callback accepts these arguments.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
pub(super) unsafe extern "C-unwind" fn call_guarded(
    callback: Function,
    status: *const c_char,
    length: usize,
    user: *mut c_void,
) -> bool {
    // SAFETY: the caller promises that the callback accepts these arguments
    unsafe { callback(status, length, user) };
    true
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod catching {
    use std::ffi::{c_char, c_int, c_void};

    use super::Function;

    /// The unwinder asks who handles an exception.
    const SEARCH_PHASE: c_int = 1;
    /// The unwinder has come to the frame that handles the exception.
    const HANDLER_FRAME: c_int = 4;
    /// The thread ends: nobody may handle this.
    const FORCE_UNWIND: c_int = 8;

    const HANDLER_FOUND: c_int = 6;
    const INSTALL_CONTEXT: c_int = 7;
    const CONTINUE_UNWIND: c_int = 8;

    /// The number of `rax` in the tables of the unwinder.
    const RAX: c_int = 0;

    /// cbindgen:ignore
    unsafe extern "C-unwind" {
        /// Calls the callback with the other arguments; 0 if it returned, 1 after an exception.
        pub(super) fn adr_call_catching(
            callback: Function,
            status: *const c_char,
            length: usize,
            user: *mut c_void,
        ) -> c_int;
    }

    /// cbindgen:ignore
    unsafe extern "C" {
        /// Where `adr_call_catching` goes on with an exception in `rax`.
        static adr_call_caught: u8;

        fn _Unwind_SetGR(context: *mut c_void, register: c_int, value: usize);
        fn _Unwind_SetIP(context: *mut c_void, address: usize);
        fn _Unwind_DeleteException(exception: *mut c_void);
    }

    std::arch::global_asm!(
        ".pushsection .text.adr_call_catching,\"ax\",@progbits",
        ".p2align 4",
        ".globl adr_call_catching",
        ".hidden adr_call_catching",
        ".type adr_call_catching,@function",
        "adr_call_catching:",
        ".cfi_startproc",
        // relative to the place of the address, in 4 bytes
        ".hidden {personality}",
        ".cfi_personality 0x1b, {personality}",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "mov rax, rdi",
        "mov rdi, rsi",
        "mov rsi, rdx",
        "mov rdx, rcx",
        "call rax",
        "xor eax, eax",
        "pop rbp",
        ".cfi_remember_state",
        ".cfi_def_cfa rsp, 8",
        "ret",
        ".cfi_restore_state",
        ".globl adr_call_caught",
        ".hidden adr_call_caught",
        "adr_call_caught:",
        "mov rdi, rax",
        "call {release}",
        "mov eax, 1",
        "pop rbp",
        ".cfi_def_cfa rsp, 8",
        "ret",
        ".cfi_endproc",
        ".size adr_call_catching, . - adr_call_catching",
        ".popsection",
        personality = sym personality,
        release = sym release,
    );

    /// Tells the unwinder that `adr_call_catching` handles every exception, and lets a thread that
    /// ends pass. See the Itanium C++ ABI, "Exception Handling", section 1.6.2.
    extern "C" fn personality(
        _version: c_int,
        actions: c_int,
        _class: u64,
        exception: *mut c_void,
        context: *mut c_void,
    ) -> c_int {
        if actions & SEARCH_PHASE != 0 {
            return HANDLER_FOUND;
        }
        if actions & FORCE_UNWIND != 0 || actions & HANDLER_FRAME == 0 {
            return CONTINUE_UNWIND;
        }
        // SAFETY: the context is that of the frame of `adr_call_catching`, which has the address
        unsafe {
            _Unwind_SetGR(context, RAX, exception.addr());
            _Unwind_SetIP(context, (&raw const adr_call_caught).addr());
        }
        INSTALL_CONTEXT
    }

    extern "C" fn release(exception: *mut c_void) {
        // SAFETY: the unwinder passed this exception to its handler
        unsafe { _Unwind_DeleteException(exception) };
    }
}
