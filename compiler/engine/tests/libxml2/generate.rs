//! Files that are nearly well-formed: recorded files with a few changed bytes or pieces, and files
//! generated from a grammar of XML 1.0. Equal seeds give equal files.

use crate::doctype::doctype;
use crate::pieces::{DECLARATIONS, PIECES};

/// A pseudorandom generator (xorshift), with which a failure can be repeated.
pub(crate) struct Random(u64);

impl Random {
    /// Any seed but 0.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % limit as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    pub(crate) fn pick<'p>(&mut self, pieces: &[&'p str]) -> &'p str {
        pieces[self.below(pieces.len())]
    }
}

/// A recorded file with one to four changes.
pub(crate) fn mutated(original: &[u8], random: &mut Random) -> Vec<u8> {
    let mut file = original.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(file.len() + 1);
        let to = (at + 1 + random.below(6)).min(file.len());
        match random.below(8) {
            0 => drop(file.drain(at..to)),
            1 => drop(file.splice(at..at, file[at..to].to_vec())),
            2 if at < file.len() => file[at] = u8::try_from(random.below(256)).unwrap(),
            3 if at < file.len() => file[at] = u8::try_from(32 + random.below(95)).unwrap(),
            4 => file.truncate(at.max(1)),
            _ => drop(file.splice(at..at, random.pick(PIECES).bytes())),
        }
    }
    file
}

/// A file from the grammar, mostly well-formed; one in three gets a change on top.
pub(crate) fn grown(random: &mut Random) -> Vec<u8> {
    let mut text = String::new();
    if random.one_in(3) {
        text += random.pick(DECLARATIONS);
    }
    misc(random, &mut text);
    if random.one_in(2) {
        doctype(random, &mut text);
        misc(random, &mut text);
    }
    element(random, &mut text, 0);
    misc(random, &mut text);
    if random.one_in(3) {
        return mutated(text.as_bytes(), random);
    }
    text.into_bytes()
}

fn misc(random: &mut Random, text: &mut String) {
    while random.one_in(3) {
        *text += random.pick(&[
            " ",
            "\n",
            "\r\n",
            "<!-- c -->",
            "<!---->",
            "<?p q?>",
            "<?p?>",
            "<?p  ?>",
            "<!-- <a> & -->",
            "<?p <a> & ?>",
        ]);
    }
}

fn element(random: &mut Random, text: &mut String, depth: usize) {
    let name = match (depth, random.below(12)) {
        (0, 0) => "x",
        (0, 1) => "p:DialRules",
        (0, _) => "DialRules",
        (_, 0) => "a",
        (_, 1) => "p:DialRule",
        (_, 2) => "q:DialRule",
        (_, 3) => ":",
        _ => "DialRule",
    };
    *text += "<";
    *text += name;
    attributes(random, text);
    if random.one_in(if depth == 0 { 8 } else { 2 }) {
        *text += random.pick(&["/>", "/>", " />"]);
        return;
    }
    *text += random.pick(&[">", ">", " >"]);
    for _ in 0..random.below(4) {
        match random.below(3) {
            0 if depth < 3 => element(random, text, depth + 1),
            1 => {
                *text += random.pick(&[
                    "text",
                    " ",
                    "\n",
                    "&e;",
                    "&f;",
                    "&g;",
                    "&amp;",
                    "&#57;",
                    "<![CDATA[<a>&]]>",
                    "<![CDATA[]]>",
                    "<!-- c -->",
                    "<?p q?>",
                    "]]",
                    "&#xd;",
                    "&undefined;",
                    "]]>",
                    "&",
                    "&p;",
                    ">",
                    "\"'",
                    "<![CDATA[]]]]>",
                    "&lt;a&gt;",
                ]);
            }
            _ if depth < 3 => rule(random, text),
            _ => {}
        }
    }
    *text += "</";
    *text += name;
    *text += random.pick(&[">", ">", ">", " >", "\n>"]);
}

fn attributes(random: &mut Random, text: &mut String) {
    while random.one_in(3) {
        *text += random.pick(&[" ", " ", "\n", "\t", "", "  "]);
        // libxml2 reports an empty namespace of a prefix as an error and then accepts it, so a
        // namespace here is never empty.
        *text += random.pick(&[
            "xmlns:p='u' a",
            "xmlns:q='v' a",
            "xmlns",
            "a",
            "b",
            "p:a",
            "q:a",
            "xml:space",
            "xml:id",
            "NumDigits",
            "PrefixWith",
            "p:PrefixWith",
            ":",
            "a.b",
            "-a",
            "é",
            "p:",
            "xmlns:",
            "p:q:r",
        ]);
        *text += random.pick(&["=", "=", "=", " = ", ""]);
        value(random, text);
    }
}

fn value(random: &mut Random, text: &mut String) {
    let quote = random.pick(&["'", "\""]);
    *text += quote;
    for _ in 0..random.below(3) {
        *text += random.pick(&[
            "7",
            "7",
            "9",
            "1",
            "u",
            "v",
            "&e;",
            "&f;",
            "&g;",
            "&amp;",
            "&lt;",
            "&#60;",
            "&#57;",
            "&#x39;",
            "&#10;",
            "&#9;",
            "\n",
            "\t",
            "\r\n",
            "\r",
            " ",
            "<",
            "&",
            ">",
            "&undefined;",
            "&#0;",
            "é",
            "]]>",
            "http://www.w3.org/XML/1998/namespace",
            "http://www.w3.org/2000/xmlns/",
            "-",
            "+",
            "&quot;",
            "&apos;",
        ]);
    }
    *text += quote;
}

fn rule(random: &mut Random, text: &mut String) {
    *text += random.pick(&["<DialRule", "<DialRule", "<DialRule", "<p:DialRule"]);
    for name in [" BeginsWith=", " NumDigits=", " DigitsToRemove=", "\nPrefixWith="] {
        if !random.one_in(9) {
            *text += name;
            value(random, text);
        }
    }
    attributes(random, text);
    *text += random.pick(&["/>", "/>", "/>", "></DialRule>"]);
}
