//! Entities in values and in content, and parameter entities.

use super::Makes::{self, Invalid, Of123};
use super::{RULE, UNCHANGED, content, file, rule};

pub(super) fn entities() -> Vec<(&'static str, String, Makes)> {
    let of = |value: &str| rule(&format!("<!ENTITY e '{value}'>"), "PrefixWith='&e;'");
    vec![
        ("white space of an entity", of("a\tb"), Of123("a\tb23")),
        ("line ends of an entity", of("a\r\nb\rc"), Of123("a\nb\nc23")),
        ("white space by reference", of("&#9;&#13;"), Of123("\t\r23")),
        ("white space of the value", rule("", "PrefixWith='a\tb\r\nc'"), Of123("a b c23")),
        (
            "entity in an entity",
            rule("<!ENTITY f '7'><!ENTITY e 'a&f;'>", "PrefixWith='&e;'"),
            Of123("a723"),
        ),
        ("double escape", of("&#38;#55;"), Of123("723")),
        ("double escape of <", of("&#38;#60;"), Of123("<23")),
        ("escaped <", of("&lt;"), Of123("<23")),
        ("bare <", of("&#60;"), Invalid),
        ("bare &", of("&#38;"), Invalid),
        ("undeclared", rule("", "PrefixWith='&e;'"), Invalid),
        (
            "undeclared, where more may be declared",
            format!("<!DOCTYPE x SYSTEM 's'><DialRules>{}</DialRules>", RULE.replace('5', "5&e;"),),
            Of123("523"),
        ),
        (
            "undeclared, standalone",
            format!(
                "<?xml version='1.0' standalone='yes'?><!DOCTYPE x SYSTEM 's'><DialRules>{}</DialRules>",
                RULE.replace('5', "5&e;"),
            ),
            Invalid,
        ),
        ("outside, in a value", rule("<!ENTITY e SYSTEM 's'>", "PrefixWith='&e;'"), Invalid),
        ("outside, in content", content("<!ENTITY e SYSTEM 's'>", "&e;"), Of123("523")),
        (
            "not XML, in content",
            content("<!NOTATION n SYSTEM 'n'><!ENTITY e SYSTEM 's' NDATA n>", "&e;"),
            Invalid,
        ),
        ("not XML, unused", content("<!ENTITY e SYSTEM 's' NDATA n>", ""), Of123("523")),
        (
            "first declaration counts",
            rule("<!ENTITY e '6'><!ENTITY e '7'>", "PrefixWith='&e;'"),
            Of123("623"),
        ),
        ("predefined stays", rule("<!ENTITY gt '7'>", "PrefixWith='&gt;'"), Of123(">23")),
        (
            "rules in content are not rules",
            file(
                "<!ENTITY e '<DialRule NumDigits=\"3\" DigitsToRemove=\"1\" PrefixWith=\"5\"/>'>",
                "",
                "&e;",
            ),
            UNCHANGED,
        ),
        ("not well-formed in content", content("<!ENTITY e '<a>'>", "&e;"), Invalid),
        ("not well-formed, unused", content("<!ENTITY e '<a>'>", ""), Of123("523")),
        ("address with a fragment", content("<!ENTITY e SYSTEM 's#f'>", ""), Invalid),
    ]
}

pub(super) fn loops() -> Vec<(&'static str, String, Makes)> {
    let two = "<!ENTITY e '&f;'><!ENTITY f '&e;'>";
    vec![
        ("loop in content", content("<!ENTITY e '&e;'>", "&e;"), Invalid),
        ("loop of two in content", content(two, "&e;"), Invalid),
        (
            "loop through a value",
            content("<!ENTITY e '<a b=\"&f;\"/>'><!ENTITY f '&f;'>", "&e;"),
            Invalid,
        ),
        ("loop in a value", rule("<!ENTITY e '&e;'>", "PrefixWith='&e;'"), Invalid),
        ("loop of two in a value", rule(two, "PrefixWith='&f;'"), Invalid),
        ("loop in a default", content("<!ENTITY e '&e;'><!ATTLIST a b CDATA '&e;'>", ""), Invalid),
        (
            "loop in a parameter entity",
            content("<!ENTITY e '&e;'><!ENTITY % p \"<!ENTITY f '&e;'>\">%p;", ""),
            Invalid,
        ),
        ("loop of parameter entities", content("<!ENTITY % p '&#37;p;'>%p;", ""), Invalid),
        ("unused loop", content(two, ""), Of123("523")),
    ]
}

pub(super) fn parameters() -> Vec<(&'static str, String, Makes)> {
    let p = "<!ENTITY % p \"<!ENTITY e '8'>\">";
    let of = |text: &str| rule(&format!("{p}{text}"), "PrefixWith='&e;'");
    let content = |text: &str| content(text, "");
    vec![
        ("once", of("%p;"), Of123("823")),
        ("twice in a row", of("%p;%p;"), Invalid),
        ("twice, a declaration between", of("%p;<!ENTITY f ''>%p;"), Of123("823")),
        ("undeclared", of("%q;"), Invalid),
        ("undeclared after a declared one", of("%p;%q;"), Of123("823")),
        ("in a declaration", of("<!ENTITY f '%p;'>"), Invalid),
        ("in the text of one", content("<!ENTITY % q \"<!ENTITY e '&#37;p;'>\">%q;"), Invalid),
        ("part of a declaration", content("<!ENTITY % q '<!ENTITY e '>%q;'8'>"), Invalid),
        ("undeclared entity inside", content("<!ENTITY % q \"<!ENTITY e '&f;'>\">%q;"), Invalid),
        ("bare & inside", content("<!ENTITY % q '<!-- a &#38; b -->'>%q;"), Invalid),
        ("outside", content("<!ENTITY % q SYSTEM 's'>%q;"), Of123("523")),
        (
            "outside declares nothing",
            rule("<!ENTITY % q SYSTEM 's'>%q;", "PrefixWith='&e;'"),
            Invalid,
        ),
        ("conditional section", content("<![INCLUDE[<!ENTITY e '8'>]]>"), Invalid),
        (
            "conditional section inside",
            content("<!ENTITY % q \"<![INCLUDE[<!ENTITY e '8'>]]>\">%q;"),
            Invalid,
        ),
        ("empty", content("<!ENTITY % q ''>%q;"), Of123("523")),
    ]
}
