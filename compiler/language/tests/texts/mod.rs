//! Generates valid `.adr` texts of every shape from a run of bytes.

/// Generates a text: each byte decides one choice, and the text ends when the bytes do.
pub(crate) fn grow(choices: &[u8]) -> String {
    let mut grower = Grower { choices: choices.iter(), out: String::new(), comments: 0 };
    while !grower.choices.as_slice().is_empty() {
        grower.item();
        grower.line_end();
    }
    grower.out
}

struct Grower<'c> {
    choices: std::slice::Iter<'c, u8>,
    out: String,
    comments: usize,
}

impl Grower<'_> {
    fn choose(&mut self, below: usize) -> usize {
        let choice = self.choices.next().copied();
        usize::from(choice.unwrap_or_default()) % below
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn one_of(&mut self, texts: &[&str]) {
        let at = self.choose(texts.len());
        self.push(texts[at]);
    }

    fn blank(&mut self) {
        self.one_of(&[" ", " ", "  ", "\t", "     "]);
    }

    fn maybe_blank(&mut self) {
        self.one_of(&["", " ", "", "   "]);
    }

    fn comment(&mut self) {
        self.comments += 1;
        let text = format!("// {} \"quoted\" {{ }} ; note  ", self.comments);
        self.push(&text);
    }

    /// One or more line ends, with or without comments.
    fn line_end(&mut self) {
        match self.choose(8) {
            0 | 1 => self.push("\n"),
            2 => self.push("\r\n"),
            3 => self.push("\n\n\n   \n"),
            4 => {
                self.maybe_blank();
                self.comment();
                self.push("\n");
            }
            5 => {
                self.push("\n\n   ");
                self.comment();
                self.push("\n");
            }
            6 => {
                self.comment();
                self.push("\r\n\r\n");
                self.comment();
                self.push("\n\n");
            }
            _ => self.push("\n\t"),
        }
    }

    /// A gap inside a body: a line end, or little where the language needs none.
    fn body_gap(&mut self) {
        if self.choose(3) == 0 {
            self.line_end();
        } else {
            self.maybe_blank();
        }
    }

    fn open(&mut self) {
        if self.choose(6) == 0 {
            self.line_end();
        } else {
            self.maybe_blank();
        }
        self.push("{");
        self.body_gap();
    }

    fn name(&mut self) {
        self.blank();
        self.one_of(&[
            "\"Local\"",
            "\"NANP // out\"",
            "\"Übersee; 1 {a}\"",
            "\"a very long name that goes on and on and on until no line is long enough for it and more\"",
            "\"x\"",
            "\"\"",
        ]);
    }

    fn item(&mut self) {
        match self.choose(8) {
            0 => self.let_line(),
            1 => {
                self.push("emergency ");
                self.list(&["911", "9911", "\"+1 911\"", "${x}1", "112"]);
            }
            2 => {
                self.push("include");
                self.name();
            }
            3 => {
                self.push("group");
                self.name();
                self.entries();
            }
            4 | 5 => {
                self.one_of(&["application", "lookup"]);
                self.entries();
            }
            6 => self.site(),
            _ => self.tests(),
        }
    }

    fn let_line(&mut self) {
        self.push("let");
        self.blank();
        self.one_of(&["x", "outside", "area_code-2"]);
        self.maybe_blank();
        self.push("=");
        self.maybe_blank();
        self.list(&["9", "\"9\"", "408", "11..15", "${x}", "*#+", "\"${x}1\"", "${a}..${b}"]);
    }

    fn list(&mut self, values: &[&str]) {
        self.one_of(values);
        for _ in 0..self.choose(4) * self.choose(12) {
            self.maybe_blank();
            self.push(",");
            if self.choose(5) == 0 {
                self.line_end();
            }
            self.maybe_blank();
            self.one_of(values);
        }
    }

    fn entries(&mut self) {
        self.open();
        for _ in 0..self.choose(6) {
            if self.choose(4) == 0 {
                self.push("use");
                self.blank();
                self.one_of(&["default", "\"NANP out\"", "\"x\""]);
                self.line_end();
            } else {
                self.rule();
                self.body_gap();
            }
        }
        self.push("}");
    }

    fn rule(&mut self) {
        self.push("rule");
        self.name();
        self.open();
        let mut kinds = vec![0, 1, 2, 3, 4, 5];
        for _ in 0..self.choose(7) {
            let at = self.choose(kinds.len());
            match kinds.remove(if at < 4 { 0 } else { at }) {
                0 => {
                    self.push("begins-with ");
                    self.list(&["+1", "4", "\"408\"", "${x}00", "\"+${x}\"", "*#"]);
                }
                1 => {
                    self.push("digits ");
                    self.list(&["7", "10..12", "any", "${n}", "1..${n}"]);
                }
                2 => {
                    self.push("remove ");
                    self.one_of(&["1", "matched", "${n}"]);
                }
                3 => {
                    self.push("prefix ");
                    self.one_of(&["9", "${x}011", "\"\"", "\"9${x}\""]);
                }
                4 => {
                    self.push("description ");
                    self.one_of(&["\"local calls\"", "\"${not} a // comment\""]);
                }
                _ => self.push("keep"),
            }
            self.maybe_blank();
            if self.choose(3) == 0 {
                self.line_end();
            } else {
                self.push(";");
                self.body_gap();
            }
        }
        self.push("}");
    }

    fn site(&mut self) {
        self.push("site");
        self.name();
        self.open();
        for _ in 0..self.choose(6) {
            match self.choose(4) {
                0 => {
                    self.let_line();
                    self.line_end();
                }
                1 => {
                    self.push("clients ");
                    self.list(&["10.20.0.0/16", "2001:db8:20::/48"]);
                    self.line_end();
                }
                _ => {
                    self.one_of(&["application", "lookup"]);
                    self.entries();
                    self.body_gap();
                }
            }
        }
        self.push("}");
    }

    fn tests(&mut self) {
        self.push("test");
        self.open();
        for _ in 0..self.choose(6) {
            self.one_of(&["dial", "lookup"]);
            self.blank();
            self.one_of(&[
                "911",
                "+1 (408) 555-1212",
                "\"+1 408 555 1212\"",
                "555.1212",
                "1/2",
                "\"\"",
            ]);
            self.blank();
            if self.choose(3) == 0 {
                self.push("at");
                self.name();
                self.maybe_blank();
            }
            self.push("->");
            self.maybe_blank();
            self.one_of(&["911", "unchanged", "\"9 11\"", "+1*#"]);
            self.line_end();
        }
        self.push("}");
    }
}
