//! The value of `--cluster`.

use std::path::PathBuf;

use adr_cluster::Servers;

use crate::failure::Failure;

/// Where the nodes of a cluster meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// Nowhere: `off` overrides the settings file.
    Off,
    /// In a published folder that all of them reach.
    Folder(PathBuf),
    /// At servers of NATS.
    Nats(Servers),
}

impl Address {
    /// Parses `nats://HOST[,HOST…]`, `tls://HOST[,HOST…]`, `file:DIR` or `off`.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if text == "off" {
            return Ok(Self::Off);
        }
        if let Some(folder) = text.strip_prefix("file:") {
            // `file:///srv/rules` is written as well
            let folder = match folder.strip_prefix("//") {
                Some(path) if path.starts_with('/') => path,
                _ => folder,
            };
            return match folder {
                "" => Err(Failure::new("--cluster file: names no folder", HELP)),
                folder => Ok(Self::Folder(folder.into())),
            };
        }
        match text.parse::<Servers>() {
            Ok(servers) => Ok(Self::Nats(servers)),
            Err(error) => Err(Failure::new(format!("--cluster: {error}"), HELP)),
        }
    }
}

const HELP: &str = "write nats://HOST[,HOST…], tls://HOST[,HOST…] or file:DIR";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_has_several_spellings() {
        for (text, folder) in [
            ("file:shared", "shared"),
            ("file:/srv/rules", "/srv/rules"),
            ("file:///srv/rules", "/srv/rules"),
        ] {
            assert_eq!(Address::parse(text).ok(), Some(Address::Folder(folder.into())), "{text}");
        }
    }

    #[test]
    fn off_and_servers_are_recognized_and_others_rejected() {
        assert_eq!(Address::parse("off").ok(), Some(Address::Off));
        for text in ["nats://a", "nats://a,b:4333", "tls://nats.example.com"] {
            assert!(matches!(Address::parse(text), Ok(Address::Nats(_))), "{text}");
        }
        for text in ["file:", "http://a", "nats://", "published"] {
            let error = Address::parse(text).err().map(|it| it.to_string()).unwrap_or_default();
            assert!(error.starts_with("--cluster"), "{text}: {error}");
        }
    }

    #[test]
    fn password_in_the_address_is_rejected_and_not_shown() {
        let error = Address::parse("nats://anna:secret@a").err().map(|it| it.to_string());
        let error = error.unwrap_or_default();
        assert!(error.contains("file") && !error.contains("secret"), "{error}");
    }
}
