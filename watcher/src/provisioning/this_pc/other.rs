//! Systems without a registry.

use adr_diagnostic::Sources;
use adr_provision::ClientFile;

use crate::sources::InputError;

/// Fails: only Windows has a registry.
pub(in super::super) fn read(_sources: &mut Sources) -> Result<Vec<ClientFile>, InputError> {
    Err(InputError::Unreadable {
        message: "--this-pc is available on Windows only".to_owned(),
        help: "export the keys there with `reg export`, and name the file".to_owned(),
    })
}
