//! A stand-in for Cisco Unified Communications Manager (CUCM) that runs in the process of a test.
//!
//! [`CucmStandIn`] listens on 127.0.0.1 with TLS and answers as recorded and documented answers of
//! CUCM do: AXL, ControlCenterServices, RisPort70, LogCollection, the upload page of OS
//! Administration, and the files of TFTP. The test reads and changes what the cluster knows
//! ([`CucmStandIn::state`]), plans faults ([`CucmStandIn::faults`]), and reads which requests came
//! ([`CucmStandIn::log`]).
//!
//! The crate reads requests and writes answers with its own code, and depends on none of
//! adrc's. So a mistake of adrc's own codecs does not go unnoticed because both sides make
//! it. What nobody has confirmed on a real cluster, such as the wording of most messages, is a
//! guess here as well.
//!
//! ```no_run
//! use adr_cucm_kit::{CucmStandIn, Fault, Injection, Rule, RuleKind};
//!
//! let cucm = CucmStandIn::start();
//! let rule = Rule::new("Local", "", [7, 0], "9").priority(1);
//! cucm.state().add_rule(RuleKind::Application, rule);
//! cucm.faults().add(Injection::new(Fault::Status(503)).operation("listChange").times(2));
//! println!("https://{}/axl/ with {}", cucm.address(), cucm.fingerprint());
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "tests open sockets and read the clock; a failure there fails the test"
)]

mod axl;
mod cells;
mod changes;
mod condition;
mod control;
mod cut;
mod devices;
mod faults;
mod http;
mod listing;
mod log;
mod log_files;
mod mlpp;
mod multipart;
mod node_list;
mod nodes;
mod os_administration;
mod pages;
mod pattern_lists;
mod patterns;
mod platform;
mod query;
mod rate;
mod ris;
mod rule_requests;
mod rules;
mod server;
mod soap;
mod sql;
mod stand_in;
mod state;
mod time;
mod tokens;
mod users;
mod uuid;
mod versions;
mod zeep;

// the modules read and write XML as `crate::xml`
pub(crate) use adr_kit::xml;

pub use changes::{Change, ChangeQueue, Edit};
pub use devices::Device;
pub use faults::{Fault, Faults, Injection};
pub use log::LogEntry;
pub use log_files::{FileAnswer, LogFile};
pub use mlpp::Softphone;
pub use nodes::{Node, Service, Status, TFTP, UploadOutcome};
pub use pages::Language;
pub use patterns::Pattern;
pub use platform::Platform;
pub use rate::RateLimit;
pub use rules::{Rule, RuleKind};
pub use stand_in::{CucmStandIn, NodeAddresses, PUBLISHER};
pub use state::{Axl, Serviceability, Sql, State};
pub use users::{AxlAccess, User};
pub use zeep::zeep;
