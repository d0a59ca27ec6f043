//! A file of the form in which [`write`](super::write()) writes: what clients read in it is known
//! without a parser of XML.
//!
//! Whether a file has this form is seen by comparing bytes; one that has it holds nothing that
//! anybody could read otherwise. Any other file, however alike, is for the full reader.

use crate::rule::Rule;

/// Longest begins-with and prefix, as in a [`DialString`](crate::DialString).
const LONGEST: usize = 100;

/// Whether a file of this form holds exactly these rules; `None` when it is of another form.
pub(super) fn holds(file: &[u8], rules: &[Rule]) -> Option<bool> {
    let mut rest = Rest(file);
    rest.skip(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    if rest.skip(b"<DialRules/>\n").is_some() {
        return rest.is_at_end().then_some(rules.is_empty());
    }
    rest.skip(b"<DialRules>\n")?;
    let mut expected = rules.iter();
    let mut is_same = true;
    while rest.skip(b"  <DialRule BeginsWith=\"").is_some() {
        let begins_with = rest.dial_string()?;
        rest.skip(b"\" NumDigits=\"")?;
        let digits = rest.decimal()?;
        rest.skip(b"\" DigitsToRemove=\"")?;
        let remove = rest.decimal()?;
        rest.skip(b"\" PrefixWith=\"")?;
        let prefix = rest.dial_string()?;
        rest.skip(b"\"/>\n")?;
        is_same &= expected.next().is_some_and(|rule| {
            rule.begins_with().as_bytes() == begins_with
                && (rule.digits(), rule.remove()) == (digits, remove)
                && rule.prefix().as_bytes() == prefix
        });
    }
    rest.skip(b"</DialRules>\n")?;
    let is_same = is_same && expected.next().is_none();
    rest.is_at_end().then_some(is_same)
}

/// What is left of the file.
struct Rest<'f>(&'f [u8]);

impl<'f> Rest<'f> {
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

    /// A number of one to three digits.
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
