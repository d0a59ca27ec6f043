//! The stand-in of Exchange, by curl.

use std::process::Command;

use adr_exchange_kit::{
    ACCOUNT, ALICE, ExchangeStandIn, Fault, Identity, Injection, PASSWORD, Specimen,
};
use adr_kit::needs;

/// A stand-in, its certificates, and curl.
struct World {
    exchange: ExchangeStandIn,
    identity: Identity,
}

impl World {
    fn new() -> Self {
        let identity = Specimen::Right.identity("localhost").unwrap();
        Self { exchange: ExchangeStandIn::start(&identity), identity }
    }

    /// Exit status of curl, and what it wrote: header and body.
    fn curl(&self, path: &str, arguments: &[&str]) -> (Option<i32>, String) {
        self.curl_within("120", path, arguments)
    }

    /// The same, with curl giving up after so many seconds.
    fn curl_within(&self, seconds: &str, path: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let folder = tempfile::tempdir().unwrap();
        let trusted = folder.path().join("trusted.pem");
        std::fs::write(&trusted, self.identity.uploaded_pem()).unwrap();
        let port = self.exchange.address().port();
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--include", "--max-time", seconds, "--cacert"]).arg(trusted);
        curl.args(arguments).arg(format!("https://localhost:{port}{path}"));
        let output = curl.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The answer of EWS to an operation of an account.
    fn ews(&self, user: &str, header: &str, operation: &str) -> String {
        let body = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" \
             xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">\
             <s:Header>{header}</s:Header><s:Body>{operation}</s:Body></s:Envelope>"
        );
        let user = format!("{user}:{PASSWORD}");
        let arguments = ["--user", &user, "--header", "Content-Type: text/xml", "--data", &body];
        self.curl("/EWS/Exchange.asmx", &arguments).1
    }
}

/// The exit status of curl when its time is over.
const TIMED_OUT: i32 = 28;

const GET_CALENDAR: &str = "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>\
    </m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id=\"calendar\"/></m:FolderIds>\
    </m:GetFolder>";

fn impersonation(address: &str) -> String {
    format!(
        "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{address}\
         </t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>"
    )
}

#[test]
fn login_takes_the_forms_of_the_account() {
    needs!("curl");
    let world = World::new();
    let (_, refused) = world.curl("/ews/exchange.asmx", &[]);
    for line in ["HTTP/1.1 401", "WWW-Authenticate: Negotiate", "WWW-Authenticate: Basic realm="] {
        assert!(refused.contains(line), "{line}: {refused}");
    }
    for (user, status) in [
        ("svc-presence", "200"),
        ("example\\svc-presence", "200"),
        ("svc-presence@example.com", "200"),
        ("OTHER\\svc-presence", "401"),
        ("svc-presence@example.org", "401"),
    ] {
        let answer = world.ews(user, "", GET_CALENDAR);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{user}: {answer}");
    }
    let log = world.exchange.log();
    assert_eq!(log[0].scheme, None);
    assert_eq!(log[1].user.as_deref(), Some("svc-presence"));
    assert_eq!((log[1].operation.as_str(), log[1].status), ("GetFolder", Some(200)));
}

#[test]
fn permissions_decide_what_an_account_reads() {
    needs!("curl");
    let world = World::new();
    let of = |header: &str| world.ews(ACCOUNT, header, GET_CALENDAR);
    assert!(of("").contains("<m:ResponseCode>NoError"));
    assert!(of(&impersonation(ALICE)).contains("CalendarFolder"));
    let missing = of(&impersonation("nobody@example.com"));
    assert!(missing.contains("HTTP/1.1 500") && missing.contains("a:ErrorNonExistentMailbox"));
    world.exchange.state().account_mut(ACCOUNT).impersonates = false;
    let denied = of(&impersonation(ALICE));
    assert!(denied.contains("ErrorImpersonateUserDenied"), "{denied}");
    let shared = GET_CALENDAR.replace(
        "<t:DistinguishedFolderId Id=\"calendar\"/>",
        "<t:DistinguishedFolderId Id=\"calendar\"><t:Mailbox>\
         <t:EmailAddress>alice@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>",
    );
    assert!(world.ews(ACCOUNT, "", &shared).contains("<m:ResponseCode>ErrorAccessDenied"));
    world.exchange.state().account_mut(ACCOUNT).reads.push(ALICE.to_owned());
    assert!(world.ews(ACCOUNT, "", &shared).contains("<m:ResponseCode>NoError"));
}

#[test]
fn write_is_refused_and_logged() {
    needs!("curl");
    let world = World::new();
    let answer = world.ews(ALICE, "", "<m:DeleteItem DeleteType=\"HardDelete\"/>");
    assert!(answer.contains("HTTP/1.1 500") && answer.contains("ErrorAccessDenied"), "{answer}");
    assert!(world.exchange.log()[0].is_write());
    world.ews(ALICE, "", GET_CALENDAR);
    assert!(!world.exchange.log()[1].is_write());
}

#[test]
fn availability_is_in_the_time_zone_of_the_request() {
    needs!("curl");
    let world = World::new();
    let request = "<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>-60</t:Bias><t:StandardTime>\
        <t:Bias>0</t:Bias></t:StandardTime></t:TimeZone><m:MailboxDataArray><t:MailboxData>\
        <t:Email><t:Address>alice@example.com</t:Address></t:Email></t:MailboxData>\
        </m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow>\
        <t:StartTime>2026-11-30T00:00:00</t:StartTime><t:EndTime>2026-12-01T00:00:00</t:EndTime>\
        </t:TimeWindow></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>";
    let answer = world.ews(ACCOUNT, "", request);
    assert!(answer.contains("<t:StartTime>2026-11-30T10:00:00</t:StartTime>"), "{answer}");
    assert!(answer.contains("<t:BusyType>Busy</t:BusyType>"), "{answer}");
    let missing = world.ews(ACCOUNT, "", &request.replace("alice@", "nobody@"));
    assert!(missing.contains("ErrorMailRecipientNotFound"), "{missing}");
}

#[test]
fn faults_apply_as_often_as_they_are_planned() {
    needs!("curl");
    let world = World::new();
    let add = |fault: Fault| world.exchange.faults().add(Injection::new(fault).times(1));
    let (_, page) = world.curl("/exchange", &[]);
    assert!(page.contains("HTTP/1.1 302") && page.contains("Location: /owa/"), "{page}");
    for (fault, exit, part) in [
        (Fault::status(440), 0, "HTTP/1.1 440 Login Timeout"),
        (Fault::blocked_by_policy("Blocked"), 0, "X-EWS-Policy-Reason: Blocked"),
        (Fault::Busy(1234), 0, "<t:Value Name=\"BackOffMilliseconds\">1234</t:Value>"),
        (Fault::Soap("ErrorX".to_owned()), 0, "<faultcode"),
        (Fault::Close, 52, ""),
        // transferred a partial file
        (Fault::CutAt(3), 18, "HTTP/1.1 302"),
        (Fault::Hang, TIMED_OUT, ""),
        (Fault::EndlessBody, TIMED_OUT, "aaaa"),
        (Fault::EndlessHeader, 56, ""),
        (Fault::Bytes(b"+OK POP3\r\n".to_vec()), 1, ""),
    ] {
        add(fault.clone());
        let seconds = if exit == TIMED_OUT { "5" } else { "120" };
        let (status, text) = world.curl_within(seconds, "/exchange", &[]);
        assert_eq!(status, Some(exit), "{fault:?}: {text:.200}");
        assert!(text.contains(part), "{fault:?}: {text:.200}");
    }
    let (_, page) = world.curl("/exchange", &[]);
    assert!(page.contains("HTTP/1.1 302"), "{page}");
}
