//! Provisions Windows clients: from one profile to the files that administrators distribute.
//!
//! A CSF client reads its servers from two registry keys ([`Key`]). A [`Profile`] says what the
//! keys of all PCs, or of a site, shall hold. [`files()`] writes that in every format that
//! administrators use: registration files, scripts, policies, Jabber's own files, DHCP options. A
//! file that undoes it comes with each. What a format cannot hold is a [`Refusal`], and never
//! written wrong.
//!
//! ```text
//! provision.toml --Profile::read()--> Profile --targets()--> Target --files()--> Output
//!                        |                                                      files, refusals
//!                        +--> Report of findings, with their places
//! ```
//!
//! ```
//! use adr_diagnostic::Sources;
//! use adr_provision::{Profile, files};
//!
//! let text = "keys = [\"policies\"]\n[servers]\ntftp = [\"10.1.1.1\"]\n";
//! let (profile, report) = Profile::read(&mut Sources::new(), "provision.toml", text);
//! assert!(report.is_empty());
//! let profile = profile.ok_or("errors")?;
//! let output = files(&profile.targets()[0]);
//! assert!(output.refusals.is_empty());
//! # Ok::<(), &str>(())
//! ```
//!
//! The way back: [`read_client_file()`] reads what a PC has, and a [`Verdict`] says what its
//! clients will use, where each value comes from, and how that differs from the profile.
//!
//! This crate does not access disks, sockets, clocks or the environment. Equal profiles give equal
//! bytes.
//!
//! Layer 2.

mod cme;
mod core_start;
mod dhcp;
mod finding;
mod format;
mod jabber;
mod key;
mod names;
mod observed;
mod output;
mod plain_text;
mod profile;
mod read;
mod reader;
mod registry_data;
mod server;
mod setting;
mod verdict;

pub use cme::{Cme, RuleUrl};
pub use core_start::{CoreStart, CoreStartError, MAX_COMMAND_UNITS};
pub use dhcp::DhcpOption;
pub use finding::{finding, findings};
pub use jabber::{Authenticator, InvalidCertificates, Jabber, Mode, PROPERTIES, Property, Service};
pub use key::{HIVE, Key, RUN_KEY, RUN_NAME};
pub use names::{Kind, KnownName, NAMES_VERSION, Names, Role};
pub use observed::{Change, Content, Hive, Parameter, RegistryChange};
pub use output::{Cause, Format, Output, OutputFile, Refusal, files, refusal_findings};
pub use plain_text::{MAX_PLAIN_UNITS, PlainText, PlainTextError};
pub use profile::{Profile, RegistryKey, Target};
pub use read::{
    ClientFile, MAX_FILE_BYTES, MAX_LINE_FINDINGS, MAX_LINES, MAX_VALUES, RawValue,
    read_client_file, read_registry,
};
pub use registry_data::RegistryData;
pub use server::{HostName, Server, ServerError};
pub use setting::{
    MAX_NAME_UNITS, MAX_VALUE_UNITS, NameError, SettingName, SettingValue, Settings, ValueError,
};
pub use verdict::{
    Candidate, Client, ClientVerdict, Expected, Origin, Reason, ValueVerdict, Verdict,
};
