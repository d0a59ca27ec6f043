//! The grammar of document types, for generated files.

use crate::generate::Random;

pub(crate) fn doctype(random: &mut Random, text: &mut String) {
    *text += "<!DOCTYPE ";
    *text += random.pick(&["DialRules", "x", "p:x", "DialRules "]);
    *text += random.pick(&[
        "",
        "",
        "",
        " SYSTEM 'no-such-file'",
        " PUBLIC '-//A' \"no-such-file\"",
        " SYSTEM",
        " PUBLIC 'x'",
        " PUBLIC 'x{' 'y'",
    ]);
    if random.one_in(6) {
        *text += ">";
        return;
    }
    *text += random.pick(&["[", " [", " [ "]);
    for _ in 0..random.below(5) {
        declaration(random, text);
    }
    *text += random.pick(&["]>", "]>", "]>", "] >", " ]>"]);
}

fn declaration(random: &mut Random, text: &mut String) {
    match random.below(9) {
        0..=2 => entity(random, text),
        3 | 4 => attribute_list(random, text),
        5 => {
            *text += random.pick(&[
                "<!ELEMENT DialRules ANY>",
                "<!ELEMENT DialRules EMPTY>",
                "<!ELEMENT DialRules (DialRule*)>",
                "<!ELEMENT a (#PCDATA)>",
                "<!ELEMENT a (#PCDATA|b)*>",
                "<!ELEMENT a (#PCDATA|b)>",
                "<!ELEMENT a (b,c?,(d|e)+)>",
                "<!ELEMENT a (b,c|d)>",
                "<!ELEMENT a>",
                "<!ELEMENT a ()>",
                "<!ELEMENT a (b>",
                "<!ELEMENT a ANY >",
                "<!ELEMENT a b>",
                "<!ELEMENTa ANY>",
                "<!ELEMENT a ( b , c ) >",
                "<!ELEMENT a (b)?>",
                "<!ELEMENT a (#PCDATA)* >",
                "<!ELEMENT DialRule ANY><!ELEMENT DialRule ANY>",
            ]);
        }
        6 => {
            *text += random.pick(&[
                "<!NOTATION n SYSTEM 's'>",
                "<!NOTATION n PUBLIC 'p'>",
                "<!NOTATION n PUBLIC 'p' 's'>",
                "<!NOTATION n>",
                "<!NOTATION n 's'>",
                "<!NOTATION n:n SYSTEM 's'>",
                "<!NOTATION n SYSTEM 's' >",
            ]);
        }
        7 => {
            *text += random.pick(&[
                "<!-- c -->",
                "<!-- > ] -->",
                "<!-- -- -->",
                "<?p q?>",
                "<?p ]> ?>",
                "<?xml version='1.0'?>",
                " ",
                "\n",
                "<!-- ' -->",
            ]);
        }
        _ => {
            *text += random.pick(&[
                "%p;",
                "%q;",
                "%p",
                "% p;",
                "<!OTHER>",
                "<",
                "x",
                "<!ENTITY % p ''>",
                "<!ENTITY % p '<!ENTITY e \"9\">'>%p;",
                "<![INCLUDE[]]>",
            ]);
        }
    }
}

fn entity(random: &mut Random, text: &mut String) {
    *text += random.pick(&[
        "<!ENTITY ",
        "<!ENTITY ",
        "<!ENTITY ",
        "<!ENTITY\n",
        "<!ENTITY % ",
        "<!ENTITY",
    ]);
    *text += random.pick(&["e", "e", "f", "f", "g", "amp", "lt", "p:e", "1", "p"]);
    *text += random.pick(&[" ", " ", "\t", ""]);
    *text += random.pick(&[
        "'1'",
        "\"22\"",
        "'&e;'",
        "'&f;'",
        "'&g;'",
        "'&e;&e;'",
        "'a&#38;b'",
        "'&#60;'",
        "'&#38;#60;'",
        "'<a/>'",
        "'<a>'",
        "'</a>'",
        "'<a b=\"1\"/>'",
        "'<DialRule/>'",
        "'%'",
        "'%p;'",
        "'&'",
        "'&;'",
        "'&undefined;'",
        "'a\nb\tc'",
        "'&#10;'",
        "''",
        "']]>'",
        "'<!--c-->'",
        "'<!--c'",
        "'<?p?>'",
        "'&amp;'",
        "'&lt;'",
        "'&#38;amp;'",
        "SYSTEM 's'",
        "PUBLIC 'p' 's'",
        "SYSTEM 's' NDATA n",
        "PUBLIC 'p'",
        "SYSTEM",
        "x",
        "'\"'",
        "\"'\"",
        "'&#x26;'",
        "'&#38;'",
        "'<![CDATA[<]]>'",
        "'\u{1}'",
        "'&#1;'",
        "'<?xml version=\"1.0\"?>'",
        "'é'",
        "'>'",
    ]);
    *text += random.pick(&[">", ">", ">", " >", ""]);
}

fn attribute_list(random: &mut Random, text: &mut String) {
    *text += random.pick(&[
        "<!ATTLIST DialRule ",
        "<!ATTLIST DialRule ",
        "<!ATTLIST a ",
        "<!ATTLIST p:DialRule ",
        "<!ATTLIST",
    ]);
    for _ in 0..random.below(3) {
        *text += random.pick(&[
            "NumDigits",
            "DigitsToRemove",
            "PrefixWith",
            "BeginsWith",
            "xmlns",
            "xmlns:p",
            "p:NumDigits",
            "id",
            "1",
        ]);
        *text += random.pick(&[
            " CDATA ",
            " CDATA ",
            " CDATA ",
            " ID ",
            " NMTOKEN ",
            " NMTOKENS ",
            " (7|8) ",
            " ( 7 | 8 ) ",
            " NOTATION (n) ",
            " IDREF ",
            " ENTITY ",
            " OTHER ",
            " (7|) ",
            " CDATA",
        ]);
        *text += random.pick(&[
            "'7'",
            "\"9\"",
            "' 7 '",
            "'7  8'",
            "'&e;'",
            "'&#57;'",
            "''",
            "#IMPLIED",
            "#REQUIRED",
            "#FIXED '7'",
            "#FIXED'7'",
            "#OTHER",
            "'<'",
            "'&undefined;'",
            "'&'",
            "'a\nb'",
        ]);
        *text += random.pick(&[" ", "\n", ""]);
    }
    *text += random.pick(&[">", ">", ">", " >", ""]);
}
