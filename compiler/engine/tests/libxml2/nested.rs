//! Files whose entities refer to entities.

use crate::generate::Random;

/// A file whose entities refer to entities, in chains, fans and loops, and which refers to them
/// once: in a value, in a default, in content, in a value in the content of an entity, or in a
/// parameter entity.
pub(crate) fn nested(random: &mut Random) -> Vec<u8> {
    let entities = 1 + random.below(12);
    let widest = 1 + random.below(12);
    let mut text = "<!DOCTYPE x[".to_owned();
    for at in 0..=entities {
        let mut value =
            random.pick(&["", "", "", "9", "long enough to count for something"]).to_owned();
        for _ in 0..random.below(widest + 1) {
            let lowest = if random.one_in(40) { 0 } else { at + 1 };
            let to = (lowest + random.below(3)).min(entities + 1);
            value += &format!("&e{to};");
        }
        text += &format!("<!ENTITY e{at} \"{value}\">");
    }
    text += &format!("<!ENTITY e{} \"{}\">", entities + 1, random.pick(&["", "1", "+49"]));
    let at = random.below(entities + 1);
    let rule = |prefix: &str| {
        format!("<DialRule NumDigits='7' DigitsToRemove='1' PrefixWith='{prefix}'/>")
    };
    let times = 1 + random.below(3);
    text += &match random.below(6) {
        0 => format!("]><DialRules>{}", rule(&format!("&e{at};").repeat(times))),
        1 => format!("<!ATTLIST DialRule BeginsWith CDATA '&e{at};'>]><DialRules>{}", rule("5")),
        2 => format!("]><DialRules>&e{at};{}", rule("5")),
        3 => format!("<!ENTITY c \"<a b='&#38;e{at};'/>\">]><DialRules>&c;{}", rule("5")),
        4 => format!("<!ENTITY % p \"<!ENTITY c '&e{at};'>\">%p;]><DialRules>{}", rule("&c;")),
        _ => format!("]><DialRules>{}&e{at};{}", rule(&format!("&e{at};")), rule("&e0;")),
    };
    (text + "</DialRules>").into_bytes()
}
