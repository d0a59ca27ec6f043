//! The account of Exchange: from the command line, the environment, a file, or the terminal.

use std::path::PathBuf;

use adr_cucm_client::{Credentials, CredentialsFile, PartialCredentials, Role};
use adr_cucm_sync::Person;

use crate::cucm::Terminal;
use crate::failure::Failure;

/// The account and its password; `None` if nothing names an account.
pub(super) fn credentials(
    account: Option<String>,
    file: Option<PathBuf>,
) -> Result<Option<Credentials>, Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    let mut known = PartialCredentials { user: account, password: None }
        .or(PartialCredentials::from_environment(Role::Exchange, variable));
    if let Some(file) = file {
        let read = CredentialsFile::read(&file);
        let read = read.map_err(|error| Failure::new(error.to_string(), ""))?;
        known = known.or(read.of(Role::Exchange));
    }
    let PartialCredentials { user: Some(user), password } = known else {
        return Ok(None);
    };
    match password.or_else(|| Terminal.password(Role::Exchange, &user)) {
        Some(password) => Ok(Some(Credentials { user, password })),
        None => Err(Failure::new(
            format!("adrc has no password for the user `{}` of Exchange", user.escape_debug()),
            "set ADRC_EXCHANGE_PASSWORD, or name a file with `exchange_password` by --credentials",
        )),
    }
}
