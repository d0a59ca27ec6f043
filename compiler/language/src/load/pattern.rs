//! Includes with a pattern, `include "sites/*.adr"`.

use adr_diagnostic::Span;

use super::path::resolve;
use super::{INCLUDE_MATCHES_NOTHING, Loader, UNREADABLE_INCLUDE};

impl Loader<'_> {
    /// The paths that an include of the file `from` stands for: the written path, or the paths of
    /// the files that match its pattern, in byte order of the names. Empty after a failure, which
    /// is reported.
    pub(super) fn written_paths(&mut self, from: &(String, String), path: Span) -> Vec<String> {
        let written = self.parsed.sources.slice(path).to_owned();
        let (folder, pattern) = match written.rsplit_once('/') {
            Some((folder, pattern)) => (format!("{folder}/"), pattern),
            None => (String::new(), written.as_str()),
        };
        if folder.contains('*') {
            let found = UNREADABLE_INCLUDE.found("`*` is used in the name of a folder");
            let help = "`*` is allowed only in the last part of the path";
            self.report(found.at(path).with_help(help));
            return Vec::new();
        }
        if !pattern.contains('*') {
            return vec![written];
        }
        let resolved = match resolve(&from.0, &from.1, &written) {
            Ok(resolved) => resolved,
            Err(reason) => {
                let _: Option<()> = self.outside(path, &written, reason);
                return Vec::new();
            }
        };
        let listed = match resolved.rsplit_once('/') {
            Some(("", _)) => self.world.list("/"),
            Some((folder, _)) => self.world.list(folder),
            None => self.world.list("."),
        };
        let mut names = match listed {
            Ok(names) => names,
            Err(error) => {
                let _: Option<()> = self.unreadable_include(path, &resolved, error);
                return Vec::new();
            }
        };
        let is_itself = |name: &str| {
            let path = resolve(&from.0, &from.1, &format!("{folder}{name}"));
            path.as_deref() == Ok(from.1.as_str())
        };
        names.retain(|name| !name.starts_with('.') && fits(name, pattern) && !is_itself(name));
        names.sort_unstable();
        if names.is_empty() {
            let found =
                INCLUDE_MATCHES_NOTHING.found(format!("no file matches `{resolved}`")).at(path);
            self.report(found.with_help("correct the path, or remove the include"));
        }
        let paths = names.iter().map(|name| format!("{folder}{name}"));
        paths.collect()
    }
}

/// Whether a name matches a pattern in which `*` stands for any number of characters.
fn fits(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let (Some(first), Some(last)) = (parts.next(), parts.next_back()) else {
        return name == pattern;
    };
    let rest = name.strip_prefix(first);
    let Some(mut rest) = rest.and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn pattern_matches_names_by_their_parts() {
        for (name, pattern, expected) in [
            ("dallas.adr", "*.adr", true),
            ("dallas.adr.bak", "*.adr", false),
            ("10-dallas.adr", "1*-*.adr", true),
            ("1.adr", "1*-*.adr", false),
            ("ab", "ab*b", false),
            ("abb", "ab*b", true),
            (".adr", "*.adr", true),
            ("x", "x", true),
        ] {
            assert_eq!(fits(name, pattern), expected, "{name} {pattern}");
        }
    }
}
