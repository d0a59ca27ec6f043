//! `--sign`: signs generations, so that client cores can verify them with a pinned public key.

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
    /// generations without this signature
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// How long the signature is valid; without this option, it does not expire
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
    /// Checks that `--sign` is used only with a published folder: adrc signs nothing else.
    pub(crate) fn needs(&self, publishes: bool) -> Result<(), Failure> {
        match &self.sign {
            Some(_) if !publishes => {
                Err(Failure::new("--sign needs a published folder", "name one with --publish DIR"))
            }
            _ => Ok(()),
        }
    }

    /// The key and the validity of signatures; `None` without `--sign`.
    pub(crate) fn policy(&self) -> Option<SigningPolicy> {
        let key_file = self.sign.clone()?;
        Some(SigningPolicy { key_file, valid_for: self.valid_for })
    }

    /// Reads the key of `--sign`; `None` without `--sign`.
    pub(crate) fn signer(&self) -> Result<Option<KeySigner>, Failure> {
        let signer = self.policy().map(|policy| policy.signer(now())).transpose();
        signer.map_err(|error| Failure::new(error.to_string(), "make a key with `adrc key new`"))
    }
}

/// The signer in the type that [`Publisher::signing`](adr_watcher::publish::Publisher::signing)
/// takes.
pub(crate) fn as_signer(signer: Option<&KeySigner>) -> Option<&dyn Signer> {
    signer.map(|signer| signer as &dyn Signer)
}
