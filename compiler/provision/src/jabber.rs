//! Settings of Jabber: its installer, its bootstrap file and its configuration URL.

use crate::plain_text::PlainText;
use crate::server::{HostName, Server};

/// Settings of Jabber. What is `None` is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jabber {
    /// Which product the installer sets up.
    pub mode: Option<Mode>,
    /// Where users are authenticated.
    pub authenticator: Option<Authenticator>,
    /// Whether the installer removes an old bootstrap file, which wins otherwise. Default: true.
    pub clear: Option<bool>,
    /// The address of the presence server.
    pub presence_server: Option<Server>,
    /// The TFTP server of the client configuration, if it differs from that of the devices. Only
    /// the phone mode has two.
    pub configuration_host: Option<Server>,
    /// The name of the group configuration file.
    pub configuration_file: Option<PlainText>,
    /// The domain whose DNS records name the services.
    pub services_domain: Option<HostName>,
    /// The domain whose DNS records name the voice services, if it is another one.
    pub voice_services_domain: Option<HostName>,
    /// Services that are left out of the discovery.
    pub excluded_services: Option<Vec<Service>>,
    /// Whether Jabber finds the user by the name of the Windows account.
    pub upn_discovery: Option<bool>,
    /// The folder of logs.
    pub log_directory: Option<PlainText>,
    /// The language as a Windows locale identifier (LCID), such as 1033 for English.
    pub language: Option<u32>,
    /// What Jabber does about an invalid certificate.
    pub invalid_certificates: Option<InvalidCertificates>,
    /// Whether Jabber sends usage data to the vendor.
    pub telemetry: Option<bool>,
}

/// Which product the installer sets up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// With presence and messages: the installer's default.
    Default,
    /// A phone only.
    Phone,
}

/// Where users are authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authenticator {
    /// CUCM.
    Cucm,
    /// The presence server.
    Cup,
}

/// A service that Jabber discovers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// The presence server.
    Cup,
    /// CUCM.
    Cucm,
    /// Webex.
    Webex,
}

/// What Jabber does about an invalid certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidCertificates {
    /// Jabber warns, and does not connect.
    Reject,
    /// Jabber asks the user once for each session.
    Prompt,
}

/// The names that one setting of Jabber has in each place. `None` where the place does not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// The property of the installer.
    pub installer: &'static str,
    /// The key in `jabber-bootstrap.properties`.
    pub bootstrap: Option<&'static str>,
    /// The parameter of a `ciscojabber://` URL.
    pub url: Option<&'static str>,
}

/// Every setting of Jabber that adrc writes, in the order in which files have them.
///
/// The installer's names are those of the vendor's installation guide, and those of the URL too. Of
/// the bootstrap file, the vendor shows `ServiceDiscoveryExcludedServices` only; it has the name of
/// the configuration parameter, and so have the others here.
pub const PROPERTIES: [Property; 15] = [
    Property { installer: "PRODUCT_MODE", bootstrap: Some("ProductMode"), url: None },
    Property { installer: "AUTHENTICATOR", bootstrap: Some("Authenticator"), url: None },
    Property { installer: "CUP_ADDRESS", bootstrap: Some("PresenceServerAddress"), url: None },
    Property { installer: "TFTP", bootstrap: Some("TftpServer1"), url: None },
    Property { installer: "CTI", bootstrap: Some("CtiServer1"), url: None },
    Property { installer: "CCMCIP", bootstrap: Some("CcmcipServer1"), url: None },
    shared("SERVICES_DOMAIN", "ServicesDomain"),
    shared("VOICE_SERVICES_DOMAIN", "VoiceServicesDomain"),
    shared("EXCLUDED_SERVICES", "ServiceDiscoveryExcludedServices"),
    Property {
        installer: "UPN_DISCOVERY_ENABLED",
        bootstrap: Some("UpnDiscoveryEnabled"),
        url: None,
    },
    Property { installer: "TFTP_FILE_NAME", bootstrap: Some("TftpFileName"), url: None },
    Property { installer: "LOG_DIRECTORY", bootstrap: Some("LogDirectory"), url: None },
    Property { installer: "LANGUAGE", bootstrap: Some("Language"), url: None },
    shared("INVALID_CERTIFICATE_BEHAVIOR", "InvalidCertificateBehavior"),
    Property { installer: "Telemetry_Enabled", bootstrap: Some("Telemetry_Enabled"), url: None },
];

/// A setting with one name in the bootstrap file and in a URL.
const fn shared(installer: &'static str, name: &'static str) -> Property {
    Property { installer, bootstrap: Some(name), url: Some(name) }
}

impl Jabber {
    /// These settings, and those of `base` where these have none.
    #[must_use]
    pub fn over(self, base: Self) -> Self {
        Self {
            mode: self.mode.or(base.mode),
            authenticator: self.authenticator.or(base.authenticator),
            clear: self.clear.or(base.clear),
            presence_server: self.presence_server.or(base.presence_server),
            configuration_host: self.configuration_host.or(base.configuration_host),
            configuration_file: self.configuration_file.or(base.configuration_file),
            services_domain: self.services_domain.or(base.services_domain),
            voice_services_domain: self.voice_services_domain.or(base.voice_services_domain),
            excluded_services: self.excluded_services.or(base.excluded_services),
            upn_discovery: self.upn_discovery.or(base.upn_discovery),
            log_directory: self.log_directory.or(base.log_directory),
            language: self.language.or(base.language),
            invalid_certificates: self.invalid_certificates.or(base.invalid_certificates),
            telemetry: self.telemetry.or(base.telemetry),
        }
    }

    /// Whether the installer removes an old bootstrap file.
    #[must_use]
    pub fn clears(&self) -> bool {
        self.clear.unwrap_or(true)
    }
}

impl Mode {
    /// The value of `PRODUCT_MODE`; `None` for the default, which has no value.
    #[must_use]
    pub fn value(self) -> Option<&'static str> {
        match self {
            Self::Default => None,
            Self::Phone => Some("Phone_Mode"),
        }
    }
}

impl Authenticator {
    /// The value of `AUTHENTICATOR`.
    #[must_use]
    pub fn value(self) -> &'static str {
        match self {
            Self::Cucm => "CUCM",
            Self::Cup => "CUP",
        }
    }
}

impl Service {
    /// The value in `EXCLUDED_SERVICES`.
    #[must_use]
    pub fn value(self) -> &'static str {
        match self {
            Self::Cup => "CUP",
            Self::Cucm => "CUCM",
            Self::Webex => "WEBEX",
        }
    }
}

impl InvalidCertificates {
    /// The value of `INVALID_CERTIFICATE_BEHAVIOR`.
    #[must_use]
    pub fn value(self) -> &'static str {
        match self {
            Self::Reject => "RejectAndNotify",
            Self::Prompt => "PromptPerSession",
        }
    }
}
