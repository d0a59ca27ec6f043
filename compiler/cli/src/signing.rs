//! `--sign`: what is published carries a signature that cores verify by a pinned key.

use std::path::PathBuf;
use std::time::Duration;

use adr_tree::signature::{PublicKey, SigningKey, Statement};
use adr_watcher::publish::Publisher;
use clap::Args;

use crate::clock::now;
use crate::failure::Failure;

/// Options of verbs that sign what they publish.
#[derive(Debug, Args)]
pub(crate) struct Signing {
    /// Sign with this secret key of `adrc key new`; cores that pin its public key take nothing else
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// How long cores may take what is published; without it, for ever
    #[arg(long, value_name = "TIME", requires = "sign", value_parser = at_least_a_minute)]
    valid_for: Option<Duration>,
}

fn at_least_a_minute(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time >= Duration::from_secs(60) => Ok(time),
        Ok(_) => Err("write 1m or more".to_owned()),
        Err(_) => Err(format!("`{text}` is no duration; write 30days or 12h")),
    }
}

impl Signing {
    /// Refuses to sign where nothing is published into a folder: only what lies there is signed.
    pub(crate) fn needs(&self, publishes: bool) -> Result<(), Failure> {
        match &self.sign {
            Some(_) if !publishes => Err(Failure::new(
                "--sign signs what is published into a folder, and none is",
                "name one with --publish DIR",
            )),
            _ => Ok(()),
        }
    }

    /// Reads the key, if there is one.
    pub(crate) fn signer(&self) -> Result<Option<Signer>, Failure> {
        let Some(path) = &self.sign else {
            return Ok(None);
        };
        let failed = |reason: String| {
            let help = "make one with `adrc key new`";
            Failure::new(format!("{}: {reason}", path.display()), help)
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let secret = SigningKey::parse(&text).map_err(|error| failed(error.to_string()))?;
        let public = secret.public().map_err(|error| failed(error.to_string()))?;
        let signer = Keys {
            secret,
            public,
            now: now(),
            valid_for: self.valid_for.map(|time| time.as_secs()),
        };
        Ok(Some(Signer::new(signer)))
    }
}

/// Both things that a publisher asks of a signer.
pub(crate) struct Signer {
    sign: Box<adr_watcher::publish::Signer>,
    is_fresh: Box<adr_watcher::publish::Freshness>,
}

impl Signer {
    fn new(keys: Keys) -> Self {
        let keys = std::rc::Rc::new(keys);
        let same = std::rc::Rc::clone(&keys);
        Self {
            sign: Box::new(move |manifest, generation| keys.sign(manifest, generation)),
            is_fresh: Box::new(move |manifest, signature| same.is_fresh(manifest, signature)),
        }
    }

    /// The publisher that signs, if somebody is to.
    pub(crate) fn hire<'p>(signer: Option<&'p Self>, publisher: Publisher<'p>) -> Publisher<'p> {
        match signer {
            Some(signer) => publisher.signing(&*signer.sign).renewing(&*signer.is_fresh),
            None => publisher,
        }
    }
}

struct Keys {
    secret: SigningKey,
    public: PublicKey,
    /// Seconds since 1970.
    now: u64,
    valid_for: Option<u64>,
}

impl Keys {
    fn sign(&self, manifest: &[u8], generation: u64) -> Result<String, String> {
        let statement = Statement {
            timestamp: self.now,
            generation: Some(generation),
            expires: self.valid_for.map(|time| self.now.saturating_add(time)),
        };
        let signed = self.secret.sign(manifest, &statement);
        signed.map_err(|error| error.to_string())
    }

    /// Made by this key, and not past the middle of the time for which it would be made now.
    fn is_fresh(&self, manifest: &[u8], signature: &str) -> bool {
        let statement = self.public.verify(manifest, signature);
        statement.is_ok_and(|statement| match (statement.expires, self.valid_for) {
            (None, None) => true,
            (Some(expires), Some(time)) => expires.saturating_sub(self.now) >= time / 2,
            _ => false,
        })
    }
}
