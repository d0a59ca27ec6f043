//! The client core for C, C++ and every language that can call C.
//!
//! The client core is the headless process that fetches, verifies and applies dial rules for the
//! softphones of one user. This library runs one within the process of an application:
//! `include/adr_client.h` is generated from the documentation of this crate, and is what a C
//! programmer reads.
//!
//! ```
//! use adrclient::{Buffer, Bytes, Code, adr_clean};
//!
//! let mut text = [0_u8; 32];
//! let mut result = Buffer { data: text.as_mut_ptr().cast(), capacity: text.len(), length: 0 };
//! let number = Bytes { data: c"(408) 555-1212".as_ptr(), length: 14 };
//! // SAFETY: number and result are valid, and there is no buffer for a remark
//! let code = unsafe { adr_clean(number, false, &raw mut result, std::ptr::null_mut()) };
//! assert_eq!(code, Code::Ok);
//! assert_eq!(&text[..result.length], b"4085551212");
//! ```
//!
//! ```text
//! application in C ── adr_client.h ──> adr_* functions ── ffi ──> adr-client
//!                <── callback ── subscriptions <─────────────────┘
//! ```
//!
//! Layer 6. The only crate with unsafe code, because no compiler checks the pointers of its
//! callers. In `ffi` pointers become values and panics become codes; each function is one call of
//! `adr-client`. `lifecycle` opens and closes cores, `dialing` dials, and `state` asks for rules
//! and for the status.

mod callback;
mod code;
mod core;
mod dialing;
mod ffi;
mod lifecycle;
mod settings;
mod state;
mod subscriptions;
mod texts;

pub use code::Code;
pub use core::Core;
pub use dialing::{adr_clean, adr_dial, adr_lookup};
pub use ffi::{Buffer, Bytes};
pub use lifecycle::{adr_close, adr_open, adr_rules_from_xml};
pub use settings::{ADR_FORGET, Settings};
pub use state::{
    adr_announce, adr_generation, adr_reload, adr_status, adr_subscribe, adr_unsubscribe,
};
pub use subscriptions::StatusCallback;
pub use texts::{adr_code_text, adr_version};
