//! `--sign`: generations carry a signature that client cores verify by a pinned key.

use std::path::PathBuf;
use std::time::Duration;

use adr_watcher::publish::{KeySigner, Signer, SigningPolicy};
use clap::Args;

use crate::clock::now;
use crate::failure::Failure;

/// Options of commands that sign what they publish.
#[derive(Debug, Args)]
pub(crate) struct Signing {
    /// Sign with this secret key of `adrc key new`; client cores that pin its public key reject
    /// everything else
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// How long the signature is valid; without it, for ever
    #[arg(long, value_name = "TIME", requires = "sign", value_parser = at_least_a_minute)]
    valid_for: Option<Duration>,
}

fn at_least_a_minute(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time >= Duration::from_secs(60) => Ok(time),
        Ok(_) => Err("write 1m or more".to_owned()),
        Err(_) => Err(format!("invalid duration `{text}`; for example 30days or 12h")),
    }
}

impl Signing {
    /// Rejects `--sign` where nothing is published into a folder: only generations there are
    /// signed.
    pub(crate) fn needs(&self, publishes: bool) -> Result<(), Failure> {
        match &self.sign {
            Some(_) if !publishes => Err(Failure::new(
                "--sign signs what is published into a folder, and no folder is named",
                "name one with --publish DIR",
            )),
            _ => Ok(()),
        }
    }

    /// With which key, and for how long; `None` without `--sign`.
    pub(crate) fn policy(&self) -> Option<SigningPolicy> {
        let key_file = self.sign.clone()?;
        Some(SigningPolicy { key_file, valid_for: self.valid_for })
    }

    /// Reads the key, if one is named.
    pub(crate) fn signer(&self) -> Result<Option<KeySigner>, Failure> {
        let signer = self.policy().map(|policy| policy.signer(now())).transpose();
        signer.map_err(|error| Failure::new(error.to_string(), "make a key with `adrc key new`"))
    }
}

/// The signer as a publisher takes it.
pub(crate) fn as_signer(signer: Option<&KeySigner>) -> Option<&dyn Signer> {
    signer.map(|signer| signer as &dyn Signer)
}
