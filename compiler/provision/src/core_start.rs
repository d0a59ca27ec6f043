//! Starting the client core when a user logs on.

use thiserror::Error;

use crate::plain_text::PlainText;
use crate::setting::SettingValue;

/// Most UTF-16 units of a command that Windows runs at logon.
pub const MAX_COMMAND_UNITS: usize = 260;

/// What is before the program: the client core has a console window, which this minimizes.
const MINIMIZED: &str = "cmd /c start \"adrc\" /min";

/// A command that Windows runs when the user logs on.
///
/// ```
/// use adr_provision::{CoreStart, PlainText};
///
/// let start = CoreStart::new(&PlainText::new(r"C:\adrc.exe")?, &[PlainText::new("core")?])?;
/// let expected = r#"cmd /c start "adrc" /min "C:\adrc.exe" core"#;
/// assert_eq!(start.command().as_str(), expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreStart {
    command: SettingValue,
}

/// Why Windows could not run a command as it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CoreStartError {
    /// The program or an argument has a quote, which ends the quotes around it for cmd.
    #[error("it has a quote, which cmd reads as the end of a text")]
    Quote,
    /// The program and the arguments have two `%`, with a variable between them for cmd.
    #[error("it has two `%`, between which cmd reads the name of a variable")]
    Variable,
    /// It is longer than [`MAX_COMMAND_UNITS`].
    #[error(
        "it has more than {MAX_COMMAND_UNITS} characters with `{MINIMIZED}` before it, and Windows \
         does not run it at logon"
    )]
    TooLong,
}

impl CoreStart {
    /// The command line that starts a program with its arguments, in a minimized window. The
    /// arguments are quoted as cmd and C programs of Windows read them.
    ///
    /// # Errors
    ///
    /// See [`CoreStartError`].
    pub fn new(program: &PlainText, arguments: &[PlainText]) -> Result<Self, CoreStartError> {
        let mut texts = std::iter::once(program).chain(arguments).map(PlainText::as_str);
        if texts.any(|text| text.contains('"')) {
            return Err(CoreStartError::Quote);
        }
        let mut line = format!("{MINIMIZED} \"{}\"", program.as_str());
        for argument in arguments {
            line.push(' ');
            line.push_str(&quoted(argument.as_str()));
        }
        if line.matches('%').nth(1).is_some() {
            return Err(CoreStartError::Variable);
        }
        if line.encode_utf16().count() > MAX_COMMAND_UNITS {
            return Err(CoreStartError::TooLong);
        }
        let command = SettingValue::new(line).map_err(|_| CoreStartError::TooLong)?;
        Ok(Self { command })
    }

    /// The command line.
    #[must_use]
    pub fn command(&self) -> &SettingValue {
        &self.command
    }
}

/// An argument without quotes as cmd and C programs of Windows read it: in quotes if a character of
/// it is special for one of them, with the backslashes before the last quote doubled.
fn quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:\\@+#~%".contains(c);
    if argument.chars().all(is_plain) {
        return argument.to_owned();
    }
    let backslashes = argument.len() - argument.trim_end_matches('\\').len();
    format!("\"{argument}{}\"", "\\".repeat(backslashes))
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
    fn argument_with_a_special_character_is_quoted() {
        let cases = [
            (r"core", r"core"),
            (r"http://tftp-1.example.com:6970", r"http://tftp-1.example.com:6970"),
            (r"a b", r#""a b""#),
            (r"a&b", r#""a&b""#),
            (r"(x86)", r#""(x86)""#),
            (r"100%", r"100%"),
            (r"C:\a b\", r#""C:\a b\\""#),
            (r"C:\a\", r"C:\a\"),
        ];
        for (argument, expected) in cases {
            let expected =
                format!(r#"cmd /c start "adrc" /min "C:\Program Files\adrc.exe" {expected}"#);
            assert_eq!(command(&[argument]), expected);
        }
    }

    #[test]
    fn command_that_windows_would_read_otherwise_is_rejected() {
        let new =
            |program: &str, argument: &str| CoreStart::new(&plain(program), &[plain(argument)]);
        assert_eq!(new("a\"b", "c"), Err(CoreStartError::Quote));
        assert_eq!(new("a", "b\"c"), Err(CoreStartError::Quote));
        assert_eq!(new("a%", "%b"), Err(CoreStartError::Variable));
        assert_eq!(new("a", "%PATH%"), Err(CoreStartError::Variable));
        // quotes around the program, and spaces
        let longest = "a".repeat(MAX_COMMAND_UNITS - MINIMIZED.len() - 5);
        assert!(new(&longest, "b").is_ok());
        assert_eq!(new(&longest, "bc"), Err(CoreStartError::TooLong));
    }
}
