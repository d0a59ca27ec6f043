//! Files in which declarations decide what the rules are: types and defaults of attributes,
//! entities in values and in content, parameter entities, namespace prefixes declared anywhere.
//! Mostly valid.

use crate::generate::{Random, mutated};

/// Names of elements that declarations and documents share.
const ELEMENTS: &[&str] = &[
    "DialRule",
    "DialRule",
    "DialRule",
    "DialRules",
    "p:DialRule",
    "q:DialRule",
    "p:DialRules",
    "a",
];

/// Names of attributes.
const ATTRIBUTES: &[&str] = &[
    "NumDigits",
    "DigitsToRemove",
    "PrefixWith",
    "PrefixWith",
    "BeginsWith",
    "p:NumDigits",
    "q:PrefixWith",
    "p:BeginsWith",
    "xml:NumDigits",
    "p:q:PrefixWith",
    "p:q:4",
    "p:4:q",
    "id",
    "PrefixWith:",
    ":PrefixWith",
    "é:PrefixWith",
];

const NAMESPACES: &[&str] = &[
    "xmlns:p",
    "xmlns:p",
    "xmlns:q",
    "xmlns:q",
    "xmlns",
    "xmlns:xml",
    "xmlns:xmlns",
    "xmlns:é",
    "xmlns:",
    "xmlns:p:q",
];

const TYPES: &[&str] = &[
    "CDATA",
    "CDATA",
    "CDATA",
    "ID",
    "IDREF",
    "IDREFS",
    "ENTITY",
    "ENTITIES",
    "NMTOKEN",
    "NMTOKENS",
    "(7|9)",
    "( a | 7 )",
    "NOTATION (n)",
];

/// A file, and one in eight with a change on top.
pub(crate) fn file(random: &mut Random) -> Vec<u8> {
    let mut text = String::new();
    if random.one_in(4) {
        text += random.pick(&[
            "<?xml version=\"1.0\"?>",
            "<?xml version='1.0' standalone='yes'?>",
            "<?xml version='1.0' standalone='no'?>\n",
            "<?xmlx version='1.0' encoding='ISO-8859-1'?>",
        ]);
        if random.one_in(3) {
            encoding(random, &mut text);
        }
    }
    text += random.pick(&["<!DOCTYPE x", "<!DOCTYPE DialRules", "<!DOCTYPEx"]);
    text += random.pick(&["", "", "", "", "", " SYSTEM 's'", " PUBLIC '-//A' \"s\" "]);
    text += "[";
    for _ in 0..random.below(7) {
        declaration(random, &mut text, 0);
        text += random.pick(&["", "", "\n", " "]);
    }
    text += random.pick(&["]>", "]>", "] >"]);
    document(random, &mut text);
    if random.one_in(8) {
        return mutated(text.as_bytes(), random);
    }
    text.into_bytes()
}

/// A declaration of an encoding in front of everything, which may be wrong.
fn encoding(random: &mut Random, text: &mut String) {
    let name = random.pick(&[
        "UTF-8",
        "utf8",
        "UTF_8",
        "u-t-f8",
        "us-ascii",
        "US_ASCII",
        "ascii",
        "latin1",
        "ISO-8859-1",
        "iso_8859-1",
        "iso-8859-15",
        "windows-1252",
        "cp1251",
        "koi8-r",
        "UTF-16",
        "UTF-7",
        "UCS-4",
        "gbk",
        "shift_jis",
        "x-user-defined",
        "x",
        "macintosh",
        "iso-8859-8-i",
        "ISO-8859-16",
        "utf88",
        "cp1252",
        "windows1252",
        "iso88595",
        "iso-ir-100",
    ]);
    *text = format!("<?xml version='1.0' encoding='{name}'?>");
}

fn declaration(random: &mut Random, text: &mut String, depth: usize) {
    match random.below(if depth == 0 { 16 } else { 12 }) {
        0..=4 => entity(random, text),
        5..=9 => attribute_list(random, text),
        10 => {
            *text += random.pick(&[
                "<!-- c -->",
                "<!-- & % > ]> ' -->",
                "<?p ]> & ' ?>",
                "<!NOTATION n SYSTEM 's'>",
                "<!NOTATION n PUBLIC 'p' >",
                "<!NOTATION n PUBLIC 'p' 's'>",
            ]);
        }
        11 => {
            *text += random.pick(&[
                "<!ELEMENT DialRules ANY>",
                "<!ELEMENT DialRule EMPTY>",
                "<!ELEMENT a (#PCDATA|b)* >",
                "<!ELEMENT a ((b,c)|(d?|e)+)*>",
            ]);
        }
        12 => {
            *text += random.pick(&[
                "<!ENTITY % o SYSTEM 's'>%o;",
                "<!ENTITY % o PUBLIC 'p' 's'>",
                "<!ENTITY % p SYSTEM 's#t'>",
                "<!ENTITY % p SYSTEM 's t'>",
                "%undeclared;",
                "<!ENTITY % t 'CDATA'>",
                "<!ENTITY % t 'CDATA'>",
            ]);
        }
        _ => parameter(random, text),
    }
}

/// A parameter entity, and references to it.
fn parameter(random: &mut Random, text: &mut String) {
    let name = random.pick(&["p", "q", "r"]);
    if !random.one_in(5) {
        let mut inner = String::new();
        for _ in 0..random.below(3) {
            declaration(random, &mut inner, 1);
            inner += random.pick(&["", "", " ", "&#37;q;", "%r;", "&#13;"]);
        }
        if random.one_in(8) {
            inner += random.pick(&[
                "<!ATTLIST DialRule PrefixWith &#37;t; '9'>",
                "<!ENTITY e '&#37;t;'>",
                "<!ENTITY e ",
                "<!ATTLIST DialRule &#37;q; CDATA '7'>",
                "<a",
                "]",
                "<!--",
            ]);
        }
        // the value contains quotes, which the entity must keep
        let inner = inner.replace('"', "&#34;").replace("%r;", "&#37;r;");
        let inner = if random.one_in(2) { inner.replace('&', "&#38;") } else { inner };
        *text += &format!("<!ENTITY % {name} \"{}\">", inner.replace("% ", "&#37; "));
    }
    while !random.one_in(2) {
        *text += &format!("%{name};");
        *text += random.pick(&["", "", " ", "<!-- c -->", "<!ENTITY z 'z'>"]);
    }
}

fn entity(random: &mut Random, text: &mut String) {
    let name =
        random.pick(&["e", "f", "g", "h", "e", "f", "g", "amp", "lt", "gt", "DialRule", "é"]);
    let value = match random.below(14) {
        0 => random
            .pick(&["SYSTEM 's'", "SYSTEM 's' NDATA n", "PUBLIC 'p' 's'", "SYSTEM 's' NDATA >"])
            .to_owned(),
        1 => format!(
            "'{}'",
            random.pick(&[
                "<a/>",
                "<DialRule NumDigits=\"7\"/>",
                "<a b=\"&f;\"/>",
                "<a>",
                "]]>",
                "<!--c-->",
                "<![CDATA[x]]>"
            ])
        ),
        _ => {
            let mut value = String::new();
            for _ in 0..random.below(4) {
                value += random.pick(&[
                    "7",
                    "9",
                    "+1",
                    " ",
                    "\t",
                    "\n",
                    "\r\n",
                    "\r",
                    "&e;",
                    "&f;",
                    "&g;",
                    "&h;",
                    "&lt;",
                    "&gt;",
                    "&amp;",
                    "&#38;",
                    "&#38;#38;",
                    "&#60;",
                    "&#38;#60;",
                    "&#32;",
                    "&#9;",
                    "&#10;",
                    "&#13;",
                    "&#57;",
                    "&#x39;",
                    "&#38;e;",
                    "&#38;amp;",
                    "&undefined;",
                    "é",
                    "a",
                    "&#38;#57;",
                    "'\"'",
                ]);
            }
            format!("\"{}\"", value.replace('"', "&#34;"))
        }
    };
    *text += &format!("<!ENTITY {name} {value}>");
}

fn attribute_list(random: &mut Random, text: &mut String) {
    *text += &format!("<!ATTLIST {}", random.pick(ELEMENTS));
    for _ in 0..random.below(4) {
        let names = if random.one_in(4) { NAMESPACES } else { ATTRIBUTES };
        *text += &format!(" {} {} ", random.pick(names), random.pick(TYPES));
        match random.below(6) {
            0 => *text += "#IMPLIED",
            1 => *text += "#REQUIRED",
            _ => {
                *text += random.pick(&["", "", "#FIXED "]);
                value(random, text);
            }
        }
    }
    *text += random.pick(&[">", ">", " >"]);
}

fn value(random: &mut Random, text: &mut String) {
    *text += "'";
    for _ in 0..random.below(4) {
        *text += random.pick(&[
            "7",
            "7",
            "9",
            "+",
            "a",
            "&e;",
            "&f;",
            "&g;",
            "&h;",
            "&amp;",
            "&lt;",
            "&#38;",
            "&#60;",
            "&#57;",
            "&#32;",
            "&#9;",
            "&#10;",
            "&#13;",
            " ",
            "  ",
            "\t",
            "\n",
            "\r\n",
            "&gt;",
            "é",
            "u",
            "&undefined;",
            ">",
        ]);
    }
    if random.one_in(12) {
        *text +=
            random.pick(&["http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"]);
    }
    *text += "'";
}

fn document(random: &mut Random, text: &mut String) {
    let root = random.pick(&[
        "DialRules",
        "DialRules",
        "DialRules",
        "DialRules",
        "DialRules",
        "p:DialRules",
        "xml:DialRules",
    ]);
    *text += &format!("<{root}");
    attributes(random, text, NAMESPACES, 5);
    *text += ">";
    for _ in 0..random.below(5) {
        match random.below(5) {
            0 => {
                *text += random.pick(&[
                    "&e;",
                    "&f;",
                    "&g;",
                    "&h;",
                    "&undefined;",
                    "&amp;",
                    "&DialRule;",
                    "x",
                    "<a>&e;</a>",
                    "<a b='&e;'/>",
                    "<![CDATA[&e;]]>",
                    "<?DialRule x?>",
                ]);
            }
            _ => rule(random, text),
        }
    }
    *text += &format!("</{root}>");
}

fn rule(random: &mut Random, text: &mut String) {
    let name = random.pick(&[
        "DialRule",
        "DialRule",
        "DialRule",
        "DialRule",
        "p:DialRule",
        "q:DialRule",
        "xml:DialRule",
        "xmlns:DialRule",
        ":DialRule",
    ]);
    *text += &format!("<{name}");
    if random.one_in(3) {
        attributes(random, text, NAMESPACES, 3);
    }
    if random.one_in(3) {
        attributes(random, text, ATTRIBUTES, 3);
    }
    for name in ["NumDigits", "DigitsToRemove", "PrefixWith", "BeginsWith"] {
        if random.one_in(4) {
            continue;
        }
        let prefix = random.pick(&["", "", "", "", "", "p:", "q:", "xml:"]);
        *text += &format!(" {prefix}{name}=");
        value(random, text);
    }
    *text += random.pick(&["/>", "/>", " />", "></DialRule>"]).replace("DialRule", name).as_str();
}

fn attributes(random: &mut Random, text: &mut String, names: &[&str], chance: usize) {
    while !random.one_in(chance) && text.len() < 2000 {
        if random.one_in(2) {
            return;
        }
        *text += &format!(" {}=", random.pick(names));
        value(random, text);
    }
}
