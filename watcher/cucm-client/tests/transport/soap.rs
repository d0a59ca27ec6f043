//! Answers of AXL.

use std::ops::Range;

use crate::server::Request;

pub(crate) fn envelope(content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{content}\
         </s:Body></s:Envelope>"
    )
}

/// The answer of `getCCMVersion`.
pub(crate) fn release(release: &str) -> String {
    envelope(&format!(
        "<getCCMVersionResponse><return><componentVersion><version>{release}</version>\
         </componentVersion></return></getCCMVersionResponse>"
    ))
}

/// The answer of `listApplicationDialRules` with rules of these numbers.
pub(crate) fn rules(numbers: impl IntoIterator<Item = u64>) -> String {
    let rule = |number| {
        format!(
            "<applicationDialRules uuid=\"{{{number:08X}-0000-4000-8000-000000000001}}\">\
             <name>R{number}</name><description/><numberBeginWith>{number}</numberBeginWith>\
             <numberOfDigits>12</numberOfDigits><digitsToBeRemoved>2</digitsToBeRemoved>\
             <prefixPattern>9</prefixPattern><priority>{number}</priority></applicationDialRules>"
        )
    };
    let rules: String = numbers.into_iter().map(rule).collect();
    envelope(&format!(
        "<listApplicationDialRulesResponse><return>{rules}</return>\
         </listApplicationDialRulesResponse>"
    ))
}

pub(crate) fn fault(text: &str) -> String {
    envelope(&format!(
        "<s:Fault><faultcode>s:Server</faultcode><faultstring>{text}</faultstring></s:Fault>"
    ))
}

pub(crate) fn too_many(matched: u64, suggested: u64) -> String {
    fault(&format!(
        "Query request too large. Total rows matched: {matched} rows. \
         Suggested row fetch: less than {suggested} rows"
    ))
}

/// The answer of `listChange` with changes of these numbers.
pub(crate) fn changes(queue: &str, numbers: Range<u64>, last: u64) -> String {
    let change = |id| {
        format!("<change type=\"ApplicationDialRules\" uuid=\"{id}-a\"><id>{id}</id></change>")
    };
    let next = numbers.end;
    let changes: String = numbers.map(change).collect();
    envelope(&format!(
        "<listChangeResponse><queueInfo><firstChangeId>1</firstChangeId>\
         <lastChangeId>{last}</lastChangeId><nextStartChangeId>{next}</nextStartChangeId>\
         <queueId>{queue}</queueId></queueInfo><changes>{changes}</changes></listChangeResponse>"
    ))
}

/// `skip` and `first` of a request for a page; `None` for a whole list.
pub(crate) fn page_of(request: &Request) -> Option<(u64, u64)> {
    let number = |name: &str| {
        let (_, rest) = request.body.split_once(&format!("<{name}>"))?;
        rest.split_once('<')?.0.parse().ok()
    };
    Some((number("skip")?, number("first")?))
}
