//! DHCP options that tell phones and clients their TFTP servers.

/// A DHCP option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DhcpOption {
    /// Option 66: the name or address of one TFTP server.
    ServerName,
    /// Option 150: the IPv4 addresses of TFTP servers.
    ServerAddresses,
}

impl DhcpOption {
    /// The number of the option.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::ServerName => 66,
            Self::ServerAddresses => 150,
        }
    }
}
