//! Files in exactly the form that [`write`](super::write()) gives them, compared without an XML
//! parser.
//!
//! Comparing bytes decides whether a file has this form, and every client reads such a file alike.
//! Any other file, however similar, needs the full reader.

use crate::rule::Rule;

/// Longest begins-with and prefix, as in a [`DialString`](crate::DialString).
const LONGEST: usize = 100;

/// Whether a file holds exactly these rules; `None` when it is not in the form of `write`.
pub(super) fn holds(file: &[u8], rules: &[Rule]) -> Option<bool> {
    let mut scanner = Scanner(file);
    scanner.skip(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    if scanner.skip(b"<DialRules/>\n").is_some() {
        return scanner.is_at_end().then_some(rules.is_empty());
    }
    scanner.skip(b"<DialRules>\n")?;
    let mut expected = rules.iter();
    let mut is_same = true;
    while scanner.skip(b"  <DialRule BeginsWith=\"").is_some() {
        let begins_with = scanner.dial_string()?;
        scanner.skip(b"\" NumDigits=\"")?;
        let digits = scanner.decimal()?;
        scanner.skip(b"\" DigitsToRemove=\"")?;
        let remove = scanner.decimal()?;
        scanner.skip(b"\" PrefixWith=\"")?;
        let prefix = scanner.dial_string()?;
        scanner.skip(b"\"/>\n")?;
        is_same &= expected.next().is_some_and(|rule| {
            rule.begins_with().as_bytes() == begins_with
                && (rule.digits(), rule.remove()) == (digits, remove)
                && rule.prefix().as_bytes() == prefix
        });
    }
    scanner.skip(b"</DialRules>\n")?;
    let is_same = is_same && expected.next().is_none();
    scanner.is_at_end().then_some(is_same)
}

/// The part of the file that is not read yet.
struct Scanner<'f>(&'f [u8]);

impl<'f> Scanner<'f> {
    #[inline]
    fn skip(&mut self, text: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    #[inline]
    fn dial_string(&mut self) -> Option<&'f [u8]> {
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'*' | b'#');
        let length = self.0.iter().take_while(is_part).count();
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        (length <= LONGEST).then_some(text)
    }

    /// Reads a number of one to three digits.
    #[inline]
    fn decimal(&mut self) -> Option<i32> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit());
        let (digits, rest) = self.0.split_at(digits.count());
        self.0 = rest;
        let value = |value: i32, digit: &u8| value * 10 + i32::from(digit - b'0');
        (1..=3).contains(&digits.len()).then(|| digits.iter().fold(0, value))
    }

    fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}
