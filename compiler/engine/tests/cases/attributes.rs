//! Namespace prefixes, and types and defaults of attributes.

use super::Makes::{self, Invalid, Of123};
use super::{UNCHANGED, file, rule};

pub(super) fn prefixes() -> Vec<(&'static str, String, Makes)> {
    let of = |attributes: &str| {
        format!("<DialRules xmlns:r='u'><DialRule {attributes} DigitsToRemove='1'/></DialRules>")
    };
    let nested = |root: &str, name: &str| {
        format!(
            "<DialRules{root}><{name} NumDigits='3' DigitsToRemove='1' PrefixWith='5'/></DialRules>"
        )
    };
    vec![
        (
            "prefix declared on the rule",
            of("xmlns:x='u' x:NumDigits='3' PrefixWith='5'"),
            Of123("523"),
        ),
        (
            "prefix declared after its use",
            of("x:NumDigits='3' xmlns:x='u' PrefixWith='5'"),
            Of123("523"),
        ),
        ("prefix declared on the root", of("r:NumDigits='3' r:PrefixWith='5'"), Of123("523")),
        (
            "first of two with one name",
            of("NumDigits='3' r:PrefixWith='6' PrefixWith='5'"),
            Of123("623"),
        ),
        ("undeclared prefix of an attribute", of("NumDigits='3' y:PrefixWith='5'"), UNCHANGED),
        ("prefix xml", of("NumDigits='3' xml:PrefixWith='5'"), Of123("523")),
        ("two colons", of("NumDigits='3' r:r:PrefixWith='5'"), UNCHANGED),
        (
            "not a name after the second colon",
            of("NumDigits='3' r:r:4='5' PrefixWith='5'"),
            Invalid,
        ),
        (
            "not a name after the first colon",
            of("NumDigits='3' r:4:r='5' PrefixWith='5'"),
            Of123("523"),
        ),
        ("declaration is not a value", of("NumDigits='3' xmlns:PrefixWith='5'"), UNCHANGED),
        (
            "prefix of the rule declared on itself",
            nested("", "x:DialRule xmlns:x='u'"),
            Of123("523"),
        ),
        (
            "prefix of the rule declared on the root",
            nested(" xmlns:x='u'", "x:DialRule"),
            Of123("523"),
        ),
        ("undeclared prefix of the rule", nested("", "x:DialRule"), UNCHANGED),
        ("colon alone", nested(" xmlns:='u'", ":DialRule"), UNCHANGED),
        (
            "two namespaces, one name",
            nested(" xmlns:x='u' xmlns:y='u'", "DialRule x:a='' y:a=''"),
            Of123("523"),
        ),
    ]
}

pub(super) fn reserved() -> Vec<(&'static str, String, Makes)> {
    let of = |declaration: &str| {
        let rule = "<x:DialRule NumDigits='3' DigitsToRemove='1' PrefixWith='5'/>";
        file("<!ENTITY e ''><!ENTITY u 'u'>", &format!(" {declaration}"), rule)
    };
    vec![
        ("namespace of xml", of("xmlns:x='http://www.w3.org/XML/1998/namespace'"), UNCHANGED),
        ("namespace of xmlns", of("xmlns:x='http://www.w3.org/2000/xmlns/'"), UNCHANGED),
        ("empty namespace", of("xmlns:x=''"), UNCHANGED),
        ("empty by an entity", of("xmlns:x='&e;'"), Of123("523")),
        ("by an entity", of("xmlns:x='&u;'"), Of123("523")),
        ("by a character", of("xmlns:x='&#117;'"), Of123("523")),
        ("not an address", of("xmlns:x='a b'"), Of123("523")),
        ("default namespace of xml", of("xmlns='http://www.w3.org/XML/1998/namespace'"), UNCHANGED),
        ("prefix declared twice", of("xmlns:x='u' xmlns:x='v'"), Invalid),
    ]
}

pub(super) fn defaults() -> Vec<(&'static str, String, Makes)> {
    let mut cases = defaults_of_the_prefix();
    cases.extend(defaults_of_namespaces());
    cases
}

fn defaults_of_the_prefix() -> Vec<(&'static str, String, Makes)> {
    let of = |declaration: &str| rule(declaration, "");
    vec![
        ("default", of("<!ATTLIST DialRule PrefixWith CDATA '6'>"), Of123("623")),
        ("fixed", of("<!ATTLIST DialRule PrefixWith CDATA #FIXED '6'>"), Of123("623")),
        ("implied", of("<!ATTLIST DialRule PrefixWith CDATA #IMPLIED>"), UNCHANGED),
        ("character reference", of("<!ATTLIST DialRule PrefixWith CDATA '&#55;'>"), Of123("723")),
        ("ampersand", of("<!ATTLIST DialRule PrefixWith CDATA '&#38;'>"), Of123("&#38;23")),
        (
            "predefined entity",
            of("<!ATTLIST DialRule PrefixWith CDATA '&lt;&amp;'>"),
            Of123("<&#38;23"),
        ),
        ("entity", of("<!ENTITY e '6'><!ATTLIST DialRule PrefixWith CDATA '&e;'>"), Of123("&e;23")),
        (
            "entity declared later",
            of("<!ATTLIST DialRule PrefixWith CDATA '&e;'><!ENTITY e '6'>"),
            Invalid,
        ),
        (
            "first declaration counts",
            of("<!ATTLIST DialRule PrefixWith CDATA '6' PrefixWith CDATA '7'>"),
            Of123("623"),
        ),
        (
            "first has no default",
            of(
                "<!ATTLIST DialRule PrefixWith CDATA #IMPLIED><!ATTLIST DialRule PrefixWith CDATA '7'>",
            ),
            UNCHANGED,
        ),
        (
            "first does not fit",
            of("<!ATTLIST DialRule PrefixWith ID '6' PrefixWith CDATA '7'>"),
            UNCHANGED,
        ),
        ("of another element", of("<!ATTLIST x:DialRule PrefixWith CDATA '6'>"), UNCHANGED),
        (
            "with a prefix",
            of("<!ATTLIST DialRule x:PrefixWith CDATA '6' xmlns:x CDATA 'u'>"),
            UNCHANGED,
        ),
        ("letter after the prefix", of("<!ATTLIST a x:1 CDATA '6' >"), Invalid),
        (
            "written wins",
            rule("<!ATTLIST DialRule PrefixWith CDATA '6'>", "PrefixWith='5'"),
            Of123("523"),
        ),
        (
            "for the local name",
            file(
                "<!ATTLIST DialRule PrefixWith CDATA '6'><!ATTLIST x:DialRule PrefixWith CDATA '7'>",
                " xmlns:x='u'",
                "<x:DialRule NumDigits='3' DigitsToRemove='1'/>",
            ),
            Of123("623"),
        ),
    ]
}

fn defaults_of_namespaces() -> Vec<(&'static str, String, Makes)> {
    let root = |declaration: &str, name: &str| {
        let rule = format!("<{name} NumDigits='3' DigitsToRemove='1' PrefixWith='5'/>");
        file(declaration, "", &rule)
    };
    vec![
        (
            "prefix declared for the root",
            root("<!ATTLIST DialRules xmlns:x CDATA 'u'>", "x:DialRule"),
            Of123("523"),
        ),
        (
            "prefix declared for the rule",
            root("<!ATTLIST x:DialRule xmlns:x CDATA 'u'>", "x:DialRule"),
            Of123("523"),
        ),
        (
            "prefix declared for another",
            root("<!ATTLIST DialRule xmlns:x CDATA 'u'>", "x:DialRule"),
            UNCHANGED,
        ),
        (
            "prefix declared as nothing",
            root("<!ATTLIST DialRules xmlns:x CDATA ''>", "x:DialRule"),
            Of123("523"),
        ),
        (
            "prefix of a type",
            root("<!ATTLIST DialRules xmlns:x ID '1'>", "x:DialRule"),
            Of123("523"),
        ),
        (
            "prefix required",
            root("<!ATTLIST DialRules xmlns:x CDATA #REQUIRED>", "x:DialRule"),
            UNCHANGED,
        ),
        (
            "prefix xmlns",
            root("<!ATTLIST DialRules xmlns:xmlns CDATA 'u'>", "xmlns:DialRule"),
            Of123("523"),
        ),
    ]
}

pub(super) fn types() -> Vec<(&'static str, String, Makes)> {
    let default = |kind: &str, value: &str| {
        rule(&format!("<!ATTLIST DialRule PrefixWith {kind} '{value}'>"), "")
    };
    let written = |kind: &str, value: &str| {
        let declarations =
            format!("<!ENTITY e ' 7 '><!ATTLIST DialRule PrefixWith {kind} #IMPLIED>");
        rule(&declarations, &format!("PrefixWith='{value}'"))
    };
    vec![
        ("ID is a name", default("ID", "6"), UNCHANGED),
        ("ID", default("ID", "a"), Of123("a23")),
        ("IDREF is a name", default("IDREF", "6"), UNCHANGED),
        ("IDREFS are names", default("IDREFS", "a 6"), UNCHANGED),
        ("IDREFS", default("IDREFS", " a  b "), Of123("a b23")),
        ("ENTITY is a name", default("ENTITY", "6"), UNCHANGED),
        ("ENTITIES are names", default("ENTITIES", "6"), UNCHANGED),
        ("NMTOKEN", default("NMTOKEN", " 6 "), Of123("623")),
        ("NMTOKEN is one", default("NMTOKEN", "6 7"), UNCHANGED),
        ("NMTOKENS", default("NMTOKENS", "6  7"), Of123("6 723")),
        ("NMTOKENS hold no +", default("NMTOKENS", "+6"), UNCHANGED),
        ("choice", default("(6|7)", "6"), Of123("623")),
        ("choice of others", default("(6|7)", "8"), Of123("823")),
        ("choice hold no +", default("(6|7)", "+"), UNCHANGED),
        ("notation", default("NOTATION (n)", "6"), UNCHANGED),
        ("white space stays in CDATA", written("CDATA", " 5  6 "), Of123(" 5  6 23")),
        ("white space collapses", written("NMTOKEN", "\t5 \n6 "), Of123("5 623")),
        ("references to spaces collapse", written("ID", "&#32;5&#32;&#32;6"), Of123("5 623")),
        ("references to line ends stay", written("ID", "&#10;5"), Of123("\n523")),
        ("entities are opaque", written("NMTOKENS", " &e; 5"), Of123(" 7  523")),
        (
            "the first type counts",
            rule(
                "<!ATTLIST DialRule PrefixWith CDATA #IMPLIED PrefixWith ID #IMPLIED>",
                "PrefixWith=' 5'",
            ),
            Of123(" 523"),
        ),
    ]
}

/// A rule after one with the same names, which a reader may skip checking.
pub(super) fn names_as_before() -> Vec<(&'static str, String, Makes)> {
    let of = |second: &str| {
        format!(
            "<DialRules><DialRule NumDigits='9' DigitsToRemove='1' PrefixWith='5'/>\
             <DialRule {second}/></DialRules>"
        )
    };
    vec![
        ("the same names", of("NumDigits='3' DigitsToRemove='1' PrefixWith='5'"), Of123("523")),
        (
            "the same names and one again",
            of("NumDigits='3' DigitsToRemove='1' PrefixWith='5' NumDigits='3'"),
            Invalid,
        ),
        (
            "the second of the same names again",
            of("NumDigits='3' DigitsToRemove='1' DigitsToRemove='5'"),
            Invalid,
        ),
        (
            "the same names in another order",
            of("DigitsToRemove='1' NumDigits='3' PrefixWith='5'"),
            Of123("523"),
        ),
        (
            "a name that goes on",
            of("NumDigits='3' DigitsToRemove='1' PrefixWithout='6' PrefixWith='5'"),
            Of123("523"),
        ),
        (
            "a blank after the name",
            of("NumDigits ='3' DigitsToRemove= '1' PrefixWith = '5'"),
            Of123("523"),
        ),
        ("one name less", of("NumDigits='3' DigitsToRemove='1'"), UNCHANGED),
    ]
}
