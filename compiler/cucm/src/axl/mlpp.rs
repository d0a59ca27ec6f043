//! `listMlppDomain`, and `listPhone` for the precedence settings of softphones.

use super::page::Page;
use super::{AxlOperation, records};
use crate::answer_error::AnswerError;
use crate::rule::Uuid;
use crate::version::SchemaVersion;
use crate::xml::{Body, Element};

/// Asks for the domains of multilevel precedence and preemption (MLPP). The criterion is the only
/// one that public code names; nobody confirmed it on a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListMlppDomain;

/// An MLPP domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MlppDomain {
    /// Its name, such as `Default`; may be empty.
    pub name: String,
    /// Its identifier: six hexadecimal digits; may be empty.
    pub id: String,
}

impl AxlOperation for ListMlppDomain {
    type Answer = Vec<MlppDomain>;

    fn name(&self) -> String {
        "listMlppDomain".to_owned()
    }

    fn write(&self, _: SchemaVersion, body: &mut Body) {
        body.nested("searchCriteria", |body| body.text("domainName", "%"));
        body.nested("returnedTags", |body| {
            body.text("domainName", "");
            body.text("domainId", "");
        });
    }

    fn read(&self, response: Element<'_>) -> Result<Vec<MlppDomain>, AnswerError> {
        let domain = |record: Element<'_>| MlppDomain {
            name: record.text_of("domainName").to_owned(),
            id: record.text_of("domainId").to_owned(),
        };
        Ok(records(response, "mlppDomain")?.map(domain).collect())
    }
}

/// Asks for the precedence settings of softphones on computers: the devices whose names begin with
/// `CSF`, as those of Jabber and of Client Services Framework do. The answer holds neither names
/// nor numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListSoftphones {
    /// A part of the list; `None` for the whole list.
    pub page: Option<Page>,
}

/// The precedence settings of a softphone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoftphonePrecedence {
    /// The key.
    pub uuid: Option<Uuid>,
    /// The MLPP domain that the device names itself; `None` if it takes that of its device pool.
    pub domain: Option<String>,
    /// `mlppIndicationStatus`, such as `Default`, `On` or `Off`; may be empty.
    pub indication: String,
    /// `preemption`, such as `Default`, `Disabled` or `Forceful`; may be empty.
    pub preemption: String,
}

impl SoftphonePrecedence {
    /// Whether the device itself is set up for MLPP, which softphones do not support.
    #[must_use]
    pub fn is_set_up(&self) -> bool {
        self.domain.is_some() || self.indication == "On" || self.preemption == "Forceful"
    }
}

impl AxlOperation for ListSoftphones {
    type Answer = Vec<SoftphonePrecedence>;

    fn name(&self) -> String {
        "listPhone".to_owned()
    }

    fn write(&self, _: SchemaVersion, body: &mut Body) {
        body.nested("searchCriteria", |body| body.text("name", "CSF%"));
        body.nested("returnedTags", |body| {
            body.text("mlppDomainId", "");
            body.text("mlppIndicationStatus", "");
            body.text("preemption", "");
        });
        if let Some(page) = self.page {
            page.write(body);
        }
    }

    fn read(&self, response: Element<'_>) -> Result<Vec<SoftphonePrecedence>, AnswerError> {
        let phone = |record: Element<'_>| SoftphonePrecedence {
            uuid: record.attribute("uuid").and_then(Uuid::new),
            // -1 stands for no domain in files of the device
            domain: record.word_of("mlppDomainId").filter(|id| *id != "-1").map(str::to_owned),
            indication: record.text_of("mlppIndicationStatus").to_owned(),
            preemption: record.text_of("preemption").to_owned(),
        };
        Ok(records(response, "phone")?.map(phone).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axl::{answer, request};

    fn envelope(operation: &str, content: &str) -> String {
        format!(
            "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">\
             <soapenv:Body><ns:{operation}Response xmlns:ns=\"http://www.cisco.com/AXL/API/15.0\">\
             <return>{content}</return></ns:{operation}Response></soapenv:Body></soapenv:Envelope>"
        )
    }

    #[test]
    fn domains_are_read() {
        let text = envelope(
            "listMlppDomain",
            "<mlppDomain uuid=\"{1}\"><domainName>Default</domainName><domainId>000000</domainId>\
             </mlppDomain>",
        );
        let domains = answer(&ListMlppDomain, 200, text.as_bytes()).unwrap();
        assert_eq!(domains, [MlppDomain { name: "Default".into(), id: "000000".into() }]);
    }

    #[test]
    fn softphone_is_asked_for_its_settings_only() {
        let request = request(SchemaVersion::NEWEST, &ListSoftphones { page: None }).unwrap();
        let body = String::from_utf8(request.body).unwrap();
        assert!(body.contains("<returnedTags><mlppDomainId"), "{body}");
        let text = envelope(
            "listPhone",
            "<phone uuid=\"{1}\"><mlppDomainId>-1</mlppDomainId><preemption>Default</preemption>\
             </phone><phone uuid=\"{2}\"><mlppDomainId>000001</mlppDomainId></phone>",
        );
        let phones = answer(&ListSoftphones { page: None }, 200, text.as_bytes()).unwrap();
        let set_up: Vec<bool> = phones.iter().map(SoftphonePrecedence::is_set_up).collect();
        assert_eq!(set_up, [false, true]);
    }
}
