//! Exchange Web Services: requests that read, and the parts of answers that causes depend on.
//!
//! [`request()`] asks for identifiers, and for the state of the calendar as digits: nothing that it
//! asks for says what is in a calendar. [`Answer::read`] keeps a response code, a time to wait, a
//! version and the state at the moment of the request, and nothing else.
//!
//! The elements are those of the reference "Exchange Web Services (EWS)" of Microsoft. Requests use
//! the schema of Exchange 2007 SP1, which every later version takes.

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};

use super::observation::EwsCall;
use super::seen::day;
use super::state::CalendarState;

/// The path of the service.
pub const PATH: &str = "/ews/exchange.asmx";

/// The type of requests.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The most bytes of an answer that are read. Answers to [`request()`] have a few kilobytes.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The most characters of a response code or a version. Others are not kept.
const MAX_WORD: usize = 80;

const NAMESPACES: &str = concat!(
    r#"xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" "#,
    r#"xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" "#,
    r#"xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages""#,
);

/// The length of the intervals for which a state is asked, in minutes.
const INTERVAL: i64 = 5;

/// The body of a request about the calendar of a mailbox at `time`, in seconds since 1970 UTC. With
/// `is_impersonated`, the account asks in the name of the owner of the mailbox.
///
/// ```
/// use adr_doctor::presence::ews::request;
/// use adr_doctor::presence::observation::EwsCall;
///
/// let body = request(EwsCall::GetFolder, "anna@example.com", true, 0);
/// assert!(body.contains("<t:PrimarySmtpAddress>anna@example.com</t:PrimarySmtpAddress>"));
/// ```
#[must_use]
pub fn request(call: EwsCall, mailbox: &str, is_impersonated: bool, time: i64) -> String {
    let mailbox = escape(mailbox);
    let impersonation = match is_impersonated {
        true => format!(
            "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{mailbox}\
             </t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>"
        ),
        false => String::new(),
    };
    let owner = match is_impersonated {
        true => String::new(),
        false => format!("<t:Mailbox><t:EmailAddress>{mailbox}</t:EmailAddress></t:Mailbox>"),
    };
    let calendar =
        format!(r#"<t:DistinguishedFolderId Id="calendar">{owner}</t:DistinguishedFolderId>"#);
    let body = match call {
        EwsCall::GetFolder => format!(
            "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>\
             <m:FolderIds>{calendar}</m:FolderIds></m:GetFolder>"
        ),
        EwsCall::FindItem => format!(
            "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>\
             </m:ItemShape><m:IndexedPageItemView MaxEntriesReturned=\"1\" Offset=\"0\" \
             BasePoint=\"Beginning\"/><m:ParentFolderIds>{calendar}</m:ParentFolderIds>\
             </m:FindItem>"
        ),
        EwsCall::GetUserAvailability => availability(&mailbox, time),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<soap:Envelope {NAMESPACES}><soap:Header>\
         <t:RequestServerVersion Version=\"Exchange2007_SP1\"/>{impersonation}</soap:Header>\
         <soap:Body>{body}</soap:Body></soap:Envelope>"
    )
}

/// The availability for a day from `time` on, as digits without details. Exchange takes no shorter
/// period from every client; only the first digit is kept.
fn availability(mailbox: &str, time: i64) -> String {
    let start = time.div_euclid(60 * INTERVAL).saturating_mul(60 * INTERVAL);
    let (start, end) = (date_and_time(start), date_and_time(start.saturating_add(24 * 60 * 60)));
    let change = |name: &str, month: u8| {
        format!(
            "<t:{name}><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>1</t:DayOrder>\
             <t:Month>{month}</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:{name}>"
        )
    };
    let (standard, daylight) = (change("StandardTime", 1), change("DaylightTime", 7));
    format!(
        "<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>0</t:Bias>{standard}{daylight}\
         </t:TimeZone><m:MailboxDataArray><t:MailboxData><t:Email><t:Address>{mailbox}</t:Address>\
         </t:Email><t:AttendeeType>Required</t:AttendeeType><t:ExcludeConflicts>false\
         </t:ExcludeConflicts></t:MailboxData></m:MailboxDataArray><t:FreeBusyViewOptions>\
         <t:TimeWindow><t:StartTime>{start}</t:StartTime>\
         <t:EndTime>{end}</t:EndTime></t:TimeWindow>\
         <t:MergedFreeBusyIntervalInMinutes>{INTERVAL}</t:MergedFreeBusyIntervalInMinutes>\
         <t:RequestedView>MergedOnly</t:RequestedView></t:FreeBusyViewOptions>\
         </m:GetUserAvailabilityRequest>"
    )
}

/// A time as EWS writes it, in UTC.
fn date_and_time(seconds: i64) -> String {
    let of_day = seconds.rem_euclid(24 * 60 * 60);
    format!("{}T{:02}:{:02}:00", day(seconds), of_day / 3600, of_day / 60 % 60)
}

/// What an answer says, without anything of the mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The first response code that is not `NoError`, else `NoError`; `None` if the answer has
    /// none.
    pub code: Option<String>,
    /// `BackOffMilliseconds` of a busy server.
    pub back_off_milliseconds: Option<u64>,
    /// The version of the server, such as `Exchange2016`.
    pub version: Option<String>,
    /// The state of the calendar at the moment of the request.
    pub state: Option<CalendarState>,
}

impl Answer {
    /// Reads an answer of the service. Bytes that are not an answer give an empty one.
    ///
    /// ```
    /// use adr_doctor::presence::ews::Answer;
    ///
    /// let body = b"<m:FindItemResponse><m:ResponseCode>ErrorAccessDenied</m:ResponseCode>";
    /// assert_eq!(Answer::read(body).code.as_deref(), Some("ErrorAccessDenied"));
    /// ```
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(MAX_ANSWER_BYTES)];
        let body = String::from_utf8_lossy(bytes);
        let mut reader = Reader::from_str(&body);
        reader.config_mut().check_end_names = false;
        let mut answer = Self::default();
        let mut inside = Inside::Other;
        let mut text = String::new();
        loop {
            match reader.read_event() {
                Ok(Event::Start(start)) => {
                    inside = answer.begin(&start);
                    text.clear();
                }
                Ok(Event::Empty(start)) => {
                    answer.begin(&start);
                    inside = Inside::Other;
                }
                // a code has no entities
                Ok(Event::Text(part)) if inside != Inside::Other => {
                    text.extend(part.chars().take(MAX_WORD + 1));
                }
                Ok(Event::End(_)) => {
                    answer.end(inside, text.trim());
                    inside = Inside::Other;
                }
                Ok(Event::Eof) | Err(_) => return answer,
                Ok(_) => {}
            }
        }
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Inside {
        match start.local_name().as_ref() {
            "ResponseCode" => Inside::Code,
            "Value" if attribute(start, "Name").as_deref() == Some("BackOffMilliseconds") => {
                Inside::BackOff
            }
            "ServerVersionInfo" => {
                self.version = self.version.take().or_else(|| version(start));
                Inside::Other
            }
            "MergedFreeBusy" => Inside::State,
            _ => Inside::Other,
        }
    }

    fn end(&mut self, inside: Inside, text: &str) {
        match inside {
            Inside::Code if is_word(text) => {
                if self.code.as_deref().is_none_or(|code| code == "NoError") {
                    self.code = Some(text.to_owned());
                }
            }
            Inside::BackOff => {
                self.back_off_milliseconds = self.back_off_milliseconds.or(text.parse().ok());
            }
            Inside::State => self.state = self.state.or_else(|| state(text)),
            Inside::Code | Inside::Other => {}
        }
    }
}

/// The element that is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Code,
    BackOff,
    State,
    Other,
}

/// The state of the first interval of `MergedFreeBusy`. The digit 4 says that nothing is known, or
/// that the user works elsewhere.
fn state(digits: &str) -> Option<CalendarState> {
    match digits.bytes().next()? {
        b'0' => Some(CalendarState::Free),
        b'1' => Some(CalendarState::Tentative),
        b'2' => Some(CalendarState::Busy),
        b'3' => Some(CalendarState::OutOfOffice),
        _ => None,
    }
}

/// A value that can be nothing but a word of the protocol.
fn is_word(text: &str) -> bool {
    let of_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && text.len() <= MAX_WORD && text.bytes().all(of_word)
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|it| it.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

/// The version of `ServerVersionInfo`. Servers before Exchange 2007 SP1 name no `Version`; since
/// Exchange 2013 it is that of the schema, which stops at `Exchange2016` or later names, so the
/// number of the build decides first.
fn version(start: &BytesStart<'_>) -> Option<String> {
    let number = |name: &str| attribute(start, name)?.parse::<u32>().ok();
    let known = match (number("MajorVersion"), number("MinorVersion")) {
        (Some(8), _) => Some("Exchange2007"),
        (Some(14), _) => Some("Exchange2010"),
        (Some(15), Some(0)) => Some("Exchange2013"),
        (Some(15), Some(1)) => Some("Exchange2016"),
        (Some(15), Some(2)) => Some("Exchange2019"),
        (Some(15), Some(20)) => Some("ExchangeOnline"),
        _ => None,
    };
    known.map(str::to_owned).or_else(|| attribute(start, "Version").filter(|it| is_word(it)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: &str = r#"<?xml version="1.0"?><s:Envelope xmlns:s="x"><s:Header>
        <h:ServerVersionInfo MajorVersion="15" MinorVersion="1" Version="V2017_07_11"/></s:Header>
        <s:Body><m:GetFolderResponse><m:ResponseMessages><m:GetFolderResponseMessage
        ResponseClass="Error"><m:MessageText>Access to Anna is denied.</m:MessageText>
        <m:ResponseCode>ErrorAccessDenied</m:ResponseCode></m:GetFolderResponseMessage>"#;

    #[test]
    fn code_and_version_are_read() {
        let answer = Answer::read(DENIED.as_bytes());
        assert_eq!(answer.code.as_deref(), Some("ErrorAccessDenied"));
        assert_eq!(answer.version.as_deref(), Some("Exchange2016"));
        assert!(!format!("{answer:?}").contains("Anna"));
    }

    #[test]
    fn fault_of_a_busy_server_says_how_long_to_wait() {
        let fault = r#"<s:Fault><detail><e:ResponseCode xmlns:e="e">ErrorServerBusy</e:ResponseCode>
            <t:MessageXml><t:Value Name="BackOffMilliseconds">297749</t:Value></t:MessageXml>"#;
        let answer = Answer::read(fault.as_bytes());
        assert_eq!(answer.code.as_deref(), Some("ErrorServerBusy"));
        assert_eq!(answer.back_off_milliseconds, Some(297_749));
    }

    #[test]
    fn an_error_among_successes_is_kept() {
        let body = "<a><ResponseCode>NoError</ResponseCode><ResponseCode>ErrorItemNotFound\
                    </ResponseCode><ResponseCode>NoError</ResponseCode></a>";
        assert_eq!(Answer::read(body.as_bytes()).code.as_deref(), Some("ErrorItemNotFound"));
    }

    #[test]
    fn what_is_not_a_code_is_not_kept() {
        let body = "<m:ResponseCode>Lunch with Anna</m:ResponseCode>";
        for bytes in [body.as_bytes(), b"<html><body>", b"", b"<m:ResponseCode>", &[0xff; 70_000]] {
            assert_eq!(Answer::read(bytes), Answer::default());
        }
    }

    #[test]
    fn state_of_the_moment_is_asked_for_and_read() {
        let body = request(EwsCall::GetUserAvailability, "a@b", false, 1_790_812_800 + 7 * 60);
        assert!(body.contains("<t:StartTime>2026-10-01T00:05:00</t:StartTime>"), "{body}");
        assert!(body.contains("<t:EndTime>2026-10-02T00:05:00</t:EndTime>"), "{body}");
        let of =
            |digits: &str| Answer::read(format!("<a:MergedFreeBusy>{digits}</a:M>").as_bytes());
        assert_eq!(of(&format!("2{}", "0".repeat(287))).state, Some(CalendarState::Busy));
        assert_eq!((of("4").state, of("").state, of("Lunch").state), (None, None, None));
    }

    #[test]
    fn mailbox_cannot_add_elements() {
        for call in [EwsCall::GetFolder, EwsCall::FindItem, EwsCall::GetUserAvailability] {
            for is_impersonated in [false, true] {
                let body = request(call, "a</t:X><m:DeleteItem>&\"@b", is_impersonated, i64::MAX);
                assert!(!body.contains("<m:DeleteItem>"), "{body}");
                let mut reader = Reader::from_str(&body);
                while reader.read_event().unwrap() != Event::Eof {}
            }
        }
    }
}
