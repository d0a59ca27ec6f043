//! Random profiles with values that are hard to quote.

use adr_kit::optional::seed;

/// A generator of pseudorandom numbers (xorshift).
pub(super) struct Random(u64);

/// Parts of values: those that batch files, registration files, PowerShell and XML quote.
const PARTS: [&str; 30] = [
    "10.1.1.1",
    "cucm.example.com",
    "%",
    "%PATH%",
    "%%",
    "!",
    "!x!",
    "^",
    "&",
    "&&",
    "|",
    "<",
    ">",
    "\"",
    "'",
    "`",
    "$x",
    "$(x)",
    "\\",
    "C:\\dir\\",
    "\\\"",
    ";",
    "=",
    ",",
    "é",
    "東京",
    "😀",
    " ",
    "]",
    "--",
];

/// Parts of values with line ends.
const LINES: [&str; 3] = ["\r\n", "\n", "\t"];

/// Parts of names.
const NAMES: [&str; 14] =
    ["Server", "Tftp", "A", "b", "1", " ", "_", "-", "%", "&", "'", "é", "=", "\""];

impl Random {
    /// The generator of this run: `ADR_SEED` repeats one.
    pub(super) fn of_run() -> Self {
        Self(seed().unwrap_or(0x5eed_0f16) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }

    /// A value: of at most a few parts usually, and rarely of 16,000 characters.
    fn value(&mut self) -> String {
        if self.below(60) == 0 {
            return "x%^\"\\".repeat(3_200);
        }
        let count = self.below(8);
        let mut value: String = (0..count).map(|_| self.pick(&PARTS)).collect();
        if self.below(10) == 0 {
            value += self.pick(&LINES);
            value += self.pick(&PARTS);
        }
        value
    }

    fn name(&mut self, at: usize) -> String {
        let count = 1 + self.below(4);
        let parts: String = (0..count).map(|_| self.pick(&NAMES)).collect();
        // a number, so that names differ, and rarely a space at an end, which `reg` can drop
        let [before, after] = [0, 1].map(|_| if self.below(8) == 0 { " " } else { "" });
        format!("{before}N{at}{parts}x{after}")
    }

    /// The text of a profile.
    pub(super) fn profile(&mut self) -> String {
        let keys = self.pick(&["\"policies\"", "\"plain\"", "\"policies\", \"plain\""]);
        let first = format!("10.{}.{}.1", self.below(256), self.below(256));
        let mut text =
            format!("keys = [{keys}]\nservers.tftp = [\"{first}\", \"cucm.example.com\"]\n");
        text += "[values]\n";
        for at in 0..1 + self.below(6) {
            let (name, value) = (self.name(at), self.value());
            text += &format!("{} = {}\n", quoted(&name), quoted(&value));
        }
        if self.below(2) == 0 {
            text += &self.core();
        }
        text
    }

    /// A table `[core]`: a program and arguments, without quotes and with at most one `%`.
    fn core(&mut self) -> String {
        let mut parts = |limit: usize| -> String {
            let count = self.below(limit);
            (0..count).map(|_| self.pick(&PARTS)).collect()
        };
        let texts = [parts(4), parts(3), parts(4)];
        let percent = texts.concat().matches('%').count();
        let bad = |c: char| c == '"' || (c == '%' && percent > 1);
        let [program, first, second] = texts.map(|text| text.replace(bad, ""));
        let program = quoted(&format!("C:\\{program}"));
        let arguments = [first, second].map(|argument| quoted(&format!("a{argument}")));
        format!("[core]\nprogram = {program}\narguments = [{}]\n", arguments.join(", "))
    }
}

/// A text as a basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character.is_control() => {
                quoted += &format!("\\u{:04X}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted + "\""
}
