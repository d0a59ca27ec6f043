//! Users and what they may do.

/// What a user may do with AXL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxlAccess {
    /// Nothing.
    None,
    /// Read.
    ReadOnly,
    /// Read and write.
    Full,
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// Name.
    pub name: String,
    /// Password.
    pub password: String,
    /// What the user may do with AXL.
    pub axl: AxlAccess,
    /// Whether the user may use ControlCenterServices and RisPort70.
    pub serviceability: bool,
    /// Whether the user may use OS Administration.
    pub platform: bool,
}

impl User {
    /// The users of a new cluster: `axladmin` for AXL and serviceability, `axlreader` for AXL
    /// without writing, and `platform` for OS Administration. The password of each is its name
    /// followed by `-secret`.
    #[must_use]
    pub fn usual() -> Vec<Self> {
        let user = |name: &str, axl, serviceability, platform| Self {
            name: name.to_owned(),
            password: format!("{name}-secret"),
            axl,
            serviceability,
            platform,
        };
        vec![
            user("axladmin", AxlAccess::Full, true, false),
            user("axlreader", AxlAccess::ReadOnly, false, false),
            user("platform", AxlAccess::None, false, true),
        ]
    }
}
