//! LogCollection and DimeGetFile: which log files a node has, and their bytes.
//!
//! Public code of several authors shows requests and answers; nothing here was tried on a cluster
//! by us. Confirmed by more than one of them: paths, `SOAPAction`, the elements of the request in
//! their order, the shape of dates, that relative times are ignored, and that a file comes as the
//! second part of `multipart/related`. Seen in one of them: DIME records in place of parts.
//! Guessed: the names of services on presence servers, which is why [`ListNodeServiceLogs`] asks
//! for them.

use super::{NAMESPACE, ServiceOperation};
use crate::answer_error::AnswerError;
use crate::http::HttpRequest;
use crate::soap;
use crate::xml::{Body, Element, ForbiddenCharacter};

use super::attachment::attachment;

/// Path of LogCollection.
pub const LOG_PATH: &str = "/logcollectionservice2/services/LogCollectionPortTypeService";

/// Path of DimeGetFile.
pub const LOG_FILE_PATH: &str = "/logcollectionservice/services/DimeGetFileService";

/// `SOAPAction` of DimeGetFile.
const FILE_ACTION: &str = "http://schemas.cisco.com/ast/soap/action/#LogCollectionPort#GetOneFile";

/// Most files of an answer.
const MAX_FILES: usize = 10_000;

/// Asks which services of which nodes write logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListNodeServiceLogs;

/// The services of a node that write logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeServiceLogs {
    /// The node.
    pub node: String,
    /// Its services.
    pub services: Vec<String>,
}

impl ServiceOperation for ListNodeServiceLogs {
    type Answer = Vec<NodeServiceLogs>;
    const PATH: &'static str = LOG_PATH;
    const NAME: &'static str = "listNodeServiceLogs";

    fn write(&self, body: &mut Body) {
        body.text("ListRequest", "");
    }

    fn read(&self, response: Element<'_>) -> Result<Self::Answer, AnswerError> {
        let nodes = response.children().filter(|it| it.name() == "listNodeServiceLogsReturn");
        let node = |it: Element<'_>| NodeServiceLogs {
            node: it.text_of("name").trim().to_owned(),
            services: super::items(it, "ServiceLog")
                .map(|item| item.text().trim().to_owned())
                .filter(|service| !service.is_empty())
                .collect(),
        };
        Ok(nodes.map(node).collect())
    }
}

/// Asks for the log files of services that were written in a span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectLogFiles {
    /// Names of services, as [`ListNodeServiceLogs`] lists them.
    pub services: Vec<String>,
    /// The first time, in seconds since 1970 UTC.
    pub from: i64,
    /// The last time, in seconds since 1970 UTC.
    pub to: i64,
}

/// A log file of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// Its name.
    pub name: String,
    /// Its path on the node.
    pub path: String,
    /// Its size in bytes; `None` if CUCM does not say.
    pub bytes: Option<u64>,
    /// When it was changed, as CUCM writes it.
    pub modified: String,
}

impl ServiceOperation for SelectLogFiles {
    type Answer = Vec<LogFile>;
    const PATH: &'static str = LOG_PATH;
    const NAME: &'static str = "selectLogFiles";

    fn write(&self, body: &mut Body) {
        body.nested("FileSelectionCriteria", |body| {
            body.nested("ServiceLogs", |body| {
                self.services.iter().for_each(|service| body.text("item", service));
            });
            body.nested("SystemLogs", |body| body.text("item", ""));
            body.text("SearchStr", "");
            body.text("Frequency", "OnDemand");
            // lists the files, and sends none
            body.text("JobType", "DownloadtoClient");
            body.text("ToDate", &date(self.to));
            body.text("FromDate", &date(self.from));
            body.text("TimeZone", "Client: (GMT+0:0)GMT Standard Time-UTC");
            // CUCM ignores relative times, and requires the elements
            body.text("RelText", "None");
            body.text("RelTime", "0");
            for name in ["Port", "IPAddress", "UserName", "Password", "ZipInfo", "RemoteFolder"] {
                body.text(name, "");
            }
        });
    }

    fn read(&self, response: Element<'_>) -> Result<Vec<LogFile>, AnswerError> {
        let mut files = Vec::new();
        collect(response, &mut files);
        Ok(files)
    }
}

/// Adds the elements `File` inside, however deep: nodes, services and sets are around them.
fn collect(element: Element<'_>, files: &mut Vec<LogFile>) {
    for child in element.children() {
        if files.len() >= MAX_FILES {
            return;
        }
        if child.name() != "File" {
            collect(child, files);
            continue;
        }
        let path = child.text_of("absolutepath").trim();
        if !path.is_empty() {
            files.push(LogFile {
                name: child.text_of("name").trim().to_owned(),
                path: path.to_owned(),
                bytes: child.number_of("filesize"),
                modified: child.text_of("modifiedDate").trim().to_owned(),
            });
        }
    }
}

/// A time as the service reads it: `11/30/26 01:00 PM`, in UTC.
fn date(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let second = seconds.rem_euclid(86_400);
    let (year, month, day) = civil(days);
    let (hour, minute) = (second / 3600, second % 3600 / 60);
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{month:02}/{day:02}/{:02} {hour:02}:{minute:02} {half}", year.rem_euclid(100))
}

/// Year, month and day of a number of days since 1970, by the algorithm `civil_from_days` of
/// Howard Hinnant.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

/// The request for the bytes of a log file, by its path on the node.
///
/// # Errors
///
/// The path holds a character that XML cannot carry.
pub fn file_request(path: &str) -> Result<HttpRequest, ForbiddenCharacter> {
    let mut body = Body::new("");
    body.text("FileName", path);
    let soap = "http://schemas.xmlsoap.org/soap";
    let envelope = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <soapenv:Envelope xmlns:soapenv=\"{soap}/envelope/\"><soapenv:Body>\
         <ns:GetOneFile xmlns:ns=\"{NAMESPACE}/\" soapenv:encodingStyle=\"{soap}/encoding/\">{}\
         </ns:GetOneFile></soapenv:Body></soapenv:Envelope>\n",
        body.finish()?
    );
    Ok(HttpRequest {
        path: LOG_FILE_PATH,
        content_type: "text/xml; charset=utf-8".to_owned(),
        // public clients send it without quotes
        soap_action: Some(FILE_ACTION.to_owned()),
        body: envelope.into_bytes(),
    })
}

/// The bytes of a log file, from the HTTP status and body of the answer.
///
/// # Errors
///
/// See [`AnswerError`]: a fault, a page, or an answer without a file.
pub fn file_answer(status: u16, body: &[u8]) -> Result<Vec<u8>, AnswerError> {
    if status == 200
        && let Some(parts) = attachment(body)
    {
        let parts = parts.map_err(|_| AnswerError::DamagedAttachment)?;
        return match parts.file {
            Some(file) => Ok(file),
            None => {
                let xml = parts.envelope.unwrap_or_default();
                no_file(status, &xml)
            }
        };
    }
    no_file(status, body)
}

/// The error of an answer without a file.
fn no_file(status: u16, body: &[u8]) -> Result<Vec<u8>, AnswerError> {
    soap::response(status, body, "GetOneFile", |_| Err(soap::missing("attachment")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{answer, request};

    const RESPONSE: &str = "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>\
        <n:selectLogFilesResponse xmlns:n='http://schemas.cisco.com/ast/soap'><n:ResultSet>\
        <n:SchemaFileSelectionResult><n:Node><n:name>cups</n:name><n:ServiceList><n:ServiceLogs>\
        <n:name>Cisco Presence Engine</n:name><n:SetOfFiles><n:File><n:name>epe1.txt.gz</n:name>\
        <n:absolutepath>/var/log/active/epas/trace/epe/sdi/epe1.txt.gz</n:absolutepath>\
        <n:filesize>1234</n:filesize><n:modifiedDate>Mon Nov 30 10:00:00 UTC 2026</n:modifiedDate>\
        </n:File></n:SetOfFiles></n:ServiceLogs></n:ServiceList></n:Node>\
        </n:SchemaFileSelectionResult></n:ResultSet></n:selectLogFilesResponse></e:Body></e:Envelope>";

    fn select() -> SelectLogFiles {
        SelectLogFiles { services: vec!["A&B".to_owned()], from: 1_796_040_000, to: 1_796_043_660 }
    }

    #[test]
    fn request_has_the_elements_in_their_order() {
        let request = request(&select()).unwrap();
        let body = String::from_utf8(request.body).unwrap();
        let order = [
            "<ns:item>A&amp;B<",
            "SystemLogs",
            "DownloadtoClient",
            "11/30/26 01:01 PM",
            "11/30/26 12:00 PM",
            "TimeZone",
            "RelText",
            "RelTime",
            "RemoteFolder",
        ];
        let places: Vec<_> = order.iter().map(|text| body.find(text).expect(text)).collect();
        assert!(places.is_sorted(), "{body}");
        assert_eq!(request.soap_action.as_deref(), Some("\"selectLogFiles\""));
    }

    #[test]
    fn files_are_found_in_plain_answers_and_in_parts() {
        let plain = answer(&select(), 200, RESPONSE.as_bytes()).unwrap();
        let part = format!(
            "--b\r\nContent-Type: text/xml\r\nContent-ID: <1>\r\n\r\n{RESPONSE}\r\n--b--\r\n"
        );
        assert_eq!(answer(&select(), 200, part.as_bytes()).unwrap(), plain);
        assert_eq!((plain[0].name.as_str(), plain[0].bytes), ("epe1.txt.gz", Some(1234)));
        assert!(plain[0].path.starts_with("/var/log/active/"));
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let cases = [
            (0, "01/01/70 12:00 AM"),
            (951_782_400, "02/29/00 12:00 AM"),
            (1_796_040_000 - 60, "11/30/26 11:59 AM"),
            (4_102_444_799, "12/31/99 11:59 PM"),
        ];
        for (seconds, text) in cases {
            assert_eq!(date(seconds), text);
        }
    }

    #[test]
    fn file_request_names_the_path() {
        let request = file_request("/var/log/a<b").unwrap();
        let body = String::from_utf8(request.body).unwrap();
        assert!(body.contains("<FileName>/var/log/a&lt;b</FileName>"), "{body}");
        assert!(body.contains("xmlns:ns=\"http://schemas.cisco.com/ast/soap/\""), "{body}");
        assert!(file_request("\u{1}").is_err());
    }

    #[test]
    fn file_answer_without_a_file_is_an_error() {
        let fault = b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>\
            <e:Fault><faultcode>x</faultcode><faultstring>no such file</faultstring></e:Fault>\
            </e:Body></e:Envelope>";
        assert!(matches!(file_answer(500, fault), Err(AnswerError::Fault(_))));
        let part =
            [b"--b\r\nContent-Type: text/xml\r\n\r\n", &fault[..], b"\r\n--b--\r\n"].concat();
        assert!(matches!(file_answer(200, &part), Err(AnswerError::Fault(_))));
        assert!(matches!(file_answer(401, b""), Err(AnswerError::Unauthorized { .. })));
        assert!(file_answer(200, b"").is_err());
        assert_eq!(file_answer(200, b"--b\r\nfi"), Err(AnswerError::DamagedAttachment));
        assert_eq!(file_answer(200, b"\x0c\x20fi"), Err(AnswerError::DamagedAttachment));
    }
}
