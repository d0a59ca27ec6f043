//! `--sign`: what is published carries a signature that cores verify by a pinned key.

use std::path::PathBuf;
use std::time::Duration;

use adr_bundle::signature::{PublicKey, SigningKey, Statement};
use adr_watcher::publish::{PublishError, Published, Publisher};
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

    /// How often to look whether what is published has to be signed anew; `None` where signatures
    /// do not expire.
    pub(crate) fn looks(&self) -> Option<Duration> {
        let time = self.valid_for?;
        Some((time / 8).min(LONGEST))
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

/// Most time between two looks at a signature that expires.
const LONGEST: Duration = Duration::from_secs(3600);

/// What a publisher asks of a signer.
pub(crate) struct Signer {
    sign: Box<adr_watcher::publish::Signer>,
    is_fresh: Box<adr_watcher::publish::Freshness>,
    is_due: Box<adr_watcher::publish::Freshness>,
}

impl Signer {
    fn new(keys: Keys) -> Self {
        let keys = std::rc::Rc::new(keys);
        let (same, other) = (std::rc::Rc::clone(&keys), std::rc::Rc::clone(&keys));
        Self {
            sign: Box::new(move |manifest, generation| keys.sign(manifest, generation)),
            is_fresh: Box::new(move |manifest, signature| same.is_fresh(manifest, signature)),
            is_due: Box::new(move |manifest, signature| other.is_due(manifest, signature)),
        }
    }

    /// Publishes what is current once more where its signature, made by this key, is no longer
    /// fresh.
    pub(crate) fn renew(
        &self,
        publisher: Publisher<'_>,
    ) -> Result<Option<Published>, PublishError> {
        Self::hire(Some(self), publisher).renew(&*self.is_due)
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
        statement.is_ok_and(|statement| self.is_young(&statement))
    }

    /// Made by this key, and to be made anew. What somebody else has signed, or nobody, is his
    /// affair.
    fn is_due(&self, manifest: &[u8], signature: &str) -> bool {
        let statement = self.public.verify(manifest, signature);
        statement.is_ok_and(|statement| !self.is_young(&statement))
    }

    fn is_young(&self, statement: &Statement) -> bool {
        match (statement.expires, self.valid_for) {
            (None, None) => true,
            (Some(expires), Some(time)) => expires.saturating_sub(self.now) >= time / 2,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use adr_bundle::signature::new_keys;

    use super::*;

    fn keys(now: u64, valid_for: Option<u64>) -> Keys {
        let (secret, _) = new_keys().unwrap();
        let secret = SigningKey::parse(&secret).unwrap();
        let public = secret.public().unwrap();
        Keys { secret, public, now, valid_for }
    }

    #[test]
    fn a_signature_is_due_past_the_middle_of_its_time() {
        let mut keys = keys(1000, Some(100));
        let signature = keys.sign(b"manifest", 1).unwrap();
        let mut told = Vec::new();
        for now in [0, 1000, 1050, 1051, 1100, 9999] {
            keys.now = now;
            let (is_fresh, is_due) =
                (keys.is_fresh(b"manifest", &signature), keys.is_due(b"manifest", &signature));
            assert_ne!(is_fresh, is_due, "{now}");
            told.push(is_due);
        }
        assert_eq!(told, [false, false, false, true, true, true]);
    }

    #[test]
    fn what_this_key_did_not_sign_is_never_due() {
        let signature = keys(1000, Some(100)).sign(b"manifest", 1).unwrap();
        let mut other = keys(9999, Some(100));
        let is_due = |keys: &Keys, text: &str| keys.is_due(b"manifest", text);
        assert!(!is_due(&other, &signature) && !is_due(&other, ""));
        other.valid_for = None;
        let for_ever = other.sign(b"manifest", 1).unwrap();
        assert!(!is_due(&other, &for_ever));
    }
}
