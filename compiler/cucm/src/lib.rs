//! What CUCM exchanges: AXL, its other services, its upload page, and exported files. Codecs only:
//! this crate opens no socket, reads no file and knows no clock.
//!
//! An operation is a value. [`axl::request()`] and [`service::request()`] make the bytes that a
//! transport sends, and [`axl::answer()`] and [`service::answer()`] read what came back into a
//! typed result or an [`AnswerError`], each variant of which asks for another reaction. A web page,
//! a fault or a part of an answer is never an empty list. Rules from AXL, CSV, BAT's tar or
//! `run sql` are all [`CucmRule`]s; [`convert()`] puts them in order and makes adrc's rules of
//! them.
//!
//! ```text
//!  operation -- request() --> HttpRequest -->  transport  --> CUCM
//!      |                                                       |
//!      +------- answer() <----- status, body <-----------------+
//!                  |
//!                  v
//!  file::read() -> CucmRule -- convert() --> ordered rules and findings
//! ```
//!
//! ```
//! use adr_cucm::axl::{self, ListRules};
//! use adr_cucm::{AnswerError, RuleKind, SchemaVersion, convert};
//!
//! let operation = ListRules { kind: RuleKind::Application, page: None };
//! let request = axl::request(SchemaVersion::NEWEST, &operation)?;
//! assert_eq!(request.path, "/axl/");
//! assert_eq!(
//!     request.soap_action.as_deref(),
//!     Some("\"CUCM:DB ver=15.0 listApplicationDialRules\"")
//! );
//!
//! let body = br#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
//!   <n:listApplicationDialRulesResponse xmlns:n="http://www.cisco.com/AXL/API/15.0"><return>
//!     <applicationDialRules uuid="{0000000A-0000-4000-8000-000000000001}">
//!       <name>E164</name><description/><numberBeginWith>+1</numberBeginWith>
//!       <numberOfDigits>12</numberOfDigits><digitsToBeRemoved>2</digitsToBeRemoved>
//!       <prefixPattern>91</prefixPattern><priority>0</priority>
//!     </applicationDialRules>
//!   </return></n:listApplicationDialRulesResponse></s:Body></s:Envelope>"#;
//! let rules = axl::answer(&operation, 200, body)?;
//! let converted = convert(rules.into_iter().map(Into::into).collect());
//! assert_eq!(converted.application[0].rule.as_ref().unwrap().prefix(), "91");
//!
//! let page = b"<html><title>Sign in</title></html>";
//! let error = axl::answer(&operation, 200, page).unwrap_err();
//! assert!(matches!(error, AnswerError::Html { status: 200, .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The formats follow the vendor's WSDLs and documents, and public programs that run against live
//! clusters. adrc itself was never tried on a live cluster.
//!
//! Layer 2.

mod answer_error;
pub mod axl;
mod convert;
mod emergency;
mod fault;
pub mod file;
mod html;
mod http;
mod pattern_numbers;
mod release;
mod rule;
pub mod service;
mod soap;
pub mod upload;
mod version;
pub mod xml;

pub use answer_error::{AnswerError, BusyReason, Fault};
pub use convert::{Converted, ConvertedRule, FINDINGS, NAME_CHARACTERS, NAME_EXCLUDES, convert};
pub use emergency::{
    EMERGENCY_NUMBERS, FlaggedPattern, FlaggedPatterns, NUMBERS_PER_PATTERN, NoNumbers, PatternKind,
};
pub use html::title_of_page;
pub use http::HttpRequest;
pub use pattern_numbers::{PatternError, pattern_numbers};
pub use release::{Release, deployment_notes, upload_clicks};
pub use rule::{Count, CucmRule, RuleKind, Uuid};
pub use version::SchemaVersion;
