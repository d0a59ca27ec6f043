//! The person at the terminal.

use adr_cucm_client::{Node, Role, Secret, UntrustedCertificate};
use adr_cucm_sync::Person;

/// A person who knows the AXL user, and trusts nothing that the options do not.
pub(crate) struct Admin;

impl Person for Admin {
    fn trusts(&self, _: &Node, _: &UntrustedCertificate) -> bool {
        false
    }

    fn user(&self, _: Role) -> Option<String> {
        Some("axladmin".to_owned())
    }

    fn password(&self, _: Role, _: &str) -> Option<Secret> {
        Some(Secret::new("axladmin-secret".to_owned()))
    }
}
