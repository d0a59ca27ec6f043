//! Jabber's bootstrap file, which its installer writes otherwise.

use super::{crlf, installer};
use crate::jabber::{PROPERTIES, Property};
use crate::output::{Cause, Format, OutputFile, Refusal, Refusals};
use crate::profile::Target;

/// The value of a setting that is not set.
const NOT_SPECIFIED: &str = "NOT_SPECIFIED";

/// Where Jabber looks for the file.
const PLACE: &str = r"%ProgramData%\Cisco Systems\Cisco Jabber\jabber-bootstrap.properties";

pub(crate) fn files(target: &Target) -> Result<Vec<OutputFile>, Refusals> {
    let Some(jabber) = target.jabber() else {
        return Ok(Vec::new());
    };
    let set = installer::properties(target, jabber);
    let line = |property: &Property| {
        let key = property.bootstrap?;
        let value = set.iter().find(|(name, _)| *name == property.installer);
        let value = value.map_or(NOT_SPECIFIED, |(_, value)| value);
        // which code page Jabber reads is not documented
        Some(match value.chars().find(|c| !c.is_ascii()) {
            Some(bad) => {
                Err(Refusal::new(Format::Bootstrap, property.installer, Cause::Character(bad)))
            }
            None => Ok(format!("{key}: {value}")),
        })
    };
    let lines = Refusals::collect(PROPERTIES.iter().filter_map(line))?;
    // `del` has the status 0 even if it is not allowed to remove the file
    let remove = [
        "@echo off".to_owned(),
        format!("if exist \"{PLACE}\" del /f /q \"{PLACE}\""),
        format!("if exist \"{PLACE}\" exit /b 1"),
        "exit /b 0".to_owned(),
    ];
    Ok(vec![
        OutputFile::text(
            "jabber/jabber-bootstrap.properties",
            crlf(lines),
            "the bootstrap file, for PCs where Jabber is installed already",
        ),
        OutputFile::text(
            "jabber/jabber-bootstrap-remove.bat",
            crlf(remove),
            "removes the bootstrap file, whatever wrote it, as an administrator",
        ),
    ])
}
