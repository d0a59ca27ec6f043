//! Registered devices.

use crate::xml::{leaf, wrap, wrap_or_empty};

/// A device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Such as `CSFASMITH`.
    pub name: String,
    /// Such as 503.
    pub model: u32,
    /// Such as `Registered`.
    pub status: String,
    /// Name of the node at which it is registered.
    pub node: String,
    /// IPv4 and IPv6 addresses; may be empty.
    pub addresses: Vec<String>,
    /// User who is logged in; `None` is nil.
    pub user: Option<String>,
    /// Directory number; may be empty.
    pub number: String,
    /// May be empty.
    pub description: String,
}

impl Device {
    /// A registered softphone of model 503 with one address.
    #[must_use]
    pub fn softphone(name: &str, node: &str, address: &str) -> Self {
        Self {
            name: name.to_owned(),
            model: 503,
            status: "Registered".to_owned(),
            node: node.to_owned(),
            addresses: vec![address.to_owned()],
            user: None,
            number: String::new(),
            description: String::new(),
        }
    }

    pub(crate) fn xml(&self) -> String {
        let nil = |name: &str| format!("<{name} xsi:nil=\"true\"/>");
        let line = |value: &str| leaf("DirectoryNumber", value) + &leaf("Status", &self.status);
        let directory = match self.number.as_str() {
            "" => String::new(),
            number => format!("{number}-{}", self.status),
        };
        let lines = match self.number.as_str() {
            "" => nil("LinesStatus"),
            number => wrap("LinesStatus", &wrap("item", &line(number))),
        };
        let address = |address: &String| {
            let kind = if address.contains(':') { "ipv6" } else { "ipv4" };
            let content = leaf("IP", address)
                + &leaf("IPAddrType", kind)
                + &leaf("Attribute", "AdministrativeAndSignaling");
            wrap("item", &content)
        };
        let addresses: String = self.addresses.iter().map(address).collect();
        let user =
            self.user.as_ref().map_or_else(|| nil("LoginUserId"), |user| leaf("LoginUserId", user));
        let parts = [
            leaf("Name", &self.name),
            leaf("DirNumber", &directory),
            leaf("DeviceClass", "Phone"),
            leaf("Model", &self.model.to_string()),
            leaf("Product", "390"),
            leaf("BoxProduct", "0"),
            leaf("Httpd", "No"),
            leaf("RegistrationAttempts", "0"),
            leaf("IsCtiControllable", "true"),
            user,
            leaf("Status", &self.status),
            leaf("StatusReason", "0"),
            leaf("PerfMonObject", "2"),
            leaf("DChannel", "0"),
            leaf("Description", &self.description),
            nil("H323Trunk"),
            leaf("TimeStamp", "1795872000"),
            leaf("Protocol", "SIP"),
            leaf("NumOfLines", if self.number.is_empty() { "0" } else { "1" }),
            lines,
            leaf("ActiveLoadID", "Jabber_for_Windows-14.3.1"),
            leaf("InactiveLoadID", ""),
            leaf("DownloadStatus", "Unknown"),
            leaf("DownloadFailureReason", ""),
            leaf("DownloadServer", ""),
            wrap_or_empty("IPAddress", &addresses),
        ];
        wrap("item", &parts.concat())
    }
}
