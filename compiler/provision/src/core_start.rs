//! Starting the client core when a user logs on.

use crate::plain_text::PlainText;
use crate::setting::SettingValue;

/// Most UTF-16 units of a command that Windows runs at logon.
pub const MAX_COMMAND_UNITS: usize = 260;

/// A command that Windows runs when the user logs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreStart {
    command: SettingValue,
}

impl CoreStart {
    /// The command line of a program and its arguments, quoted as C programs of Windows split it.
    ///
    /// `None` if it is longer than [`MAX_COMMAND_UNITS`], or if the program has a quote, which no
    /// path has.
    #[must_use]
    pub fn new(program: &PlainText, arguments: &[PlainText]) -> Option<Self> {
        let program = program.as_str();
        if program.contains('"') {
            return None;
        }
        let mut line = format!("\"{program}\"");
        for argument in arguments {
            line.push(' ');
            line.push_str(&quoted(argument.as_str()));
        }
        let fits = line.encode_utf16().count() <= MAX_COMMAND_UNITS;
        let command = SettingValue::new(line).ok()?;
        fits.then_some(Self { command })
    }

    /// The command line.
    #[must_use]
    pub fn command(&self) -> &SettingValue {
        &self.command
    }
}

/// An argument as C programs of Windows read it: in quotes if it has spaces or quotes, with each
/// quote, and each backslash before a quote, behind a backslash.
fn quoted(argument: &str) -> String {
    if !argument.is_empty() && !argument.contains([' ', '\t', '"']) {
        return argument.to_owned();
    }
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for character in argument.chars() {
        match character {
            '\\' => backslashes += 1,
            '"' => {
                // twice the backslashes, and one for the quote
                quoted.push_str(&"\\".repeat(backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        quoted.push(character);
    }
    quoted.push_str(&"\\".repeat(backslashes));
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> PlainText {
        PlainText::new(text).unwrap()
    }

    fn command(arguments: &[&str]) -> String {
        let arguments: Vec<_> = arguments.iter().map(|text| plain(text)).collect();
        let start = CoreStart::new(&plain(r"C:\Program Files\adrc.exe"), &arguments).unwrap();
        start.command().as_str().to_owned()
    }

    #[test]
    fn argument_with_a_space_or_quote_is_quoted() {
        let cases = [
            (r"core", r"core"),
            (r"a b", r#""a b""#),
            (r#"a"b"#, r#""a\"b""#),
            (r"C:\a b\", r#""C:\a b\\""#),
            (r"C:\a\", r"C:\a\"),
            (r#"a\"b c"#, r#""a\\\"b c""#),
        ];
        for (argument, expected) in cases {
            let expected = format!(r#""C:\Program Files\adrc.exe" {expected}"#);
            assert_eq!(command(&[argument]), expected);
        }
    }

    #[test]
    fn command_that_is_too_long_or_has_a_quote_in_the_program_is_rejected() {
        assert_eq!(CoreStart::new(&plain("a\"b"), &[]), None);
        let longest = plain(&"a".repeat(MAX_COMMAND_UNITS - 2));
        assert!(CoreStart::new(&longest, &[]).is_some());
        assert_eq!(CoreStart::new(&longest, &[plain("a")]), None);
    }
}
