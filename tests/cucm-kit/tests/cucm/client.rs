//! An HTTP client for the stand-in, and the recorded files.

use std::path::Path;

use adr_cucm_kit::{CucmStandIn, NodeAddresses};
use adr_kit::wait::ANSWER_TIMEOUT;
use reqwest::blocking::{Client, RequestBuilder, Response};

use crate::tree::Tree;

/// Path of ControlCenterServices.
pub(crate) const CONTROL: &str = "/controlcenterservice2/services/ControlCenterServices";

/// Path of RisPort70.
pub(crate) const RIS: &str = "/realtimeservice2/services/RISService70";

/// User of AXL and serviceability, with password.
pub(crate) const ADMIN: (&str, &str) = ("axladmin", "axladmin-secret");

/// Sends requests to a stand-in, and trusts only its certificates.
pub(crate) struct Agent<'a> {
    pub(crate) cucm: &'a CucmStandIn,
    client: Client,
}

impl<'a> Agent<'a> {
    pub(crate) fn new(cucm: &'a CucmStandIn) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let certificates = reqwest::Certificate::from_pem_bundle(cucm.ca_pem().as_bytes());
        let client = Client::builder()
            .tls_certs_only(certificates.unwrap())
            .no_proxy()
            .timeout(ANSWER_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self { cucm, client: client.unwrap() }
    }

    /// A request to a path of the publisher, without user.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().unwrap();
        self.client.request(method, format!("https://{}{path}", self.cucm.address()))
    }

    /// A file of TFTP at the publisher.
    pub(crate) fn file(&self, path: &str) -> reqwest::Result<Response> {
        self.client.get(format!("http://{}/{path}", self.cucm.tftp_address())).send()
    }

    /// A file of TFTP at a node.
    pub(crate) fn file_of(&self, node: &NodeAddresses, path: &str) -> reqwest::Result<Response> {
        self.client.get(format!("http://{}/{path}", node.tftp)).send()
    }

    /// A request to any address.
    pub(crate) fn get(&self, address: &str) -> reqwest::Result<Response> {
        self.client.get(address).send()
    }

    /// A request to AXL in this schema version.
    pub(crate) fn axl(&self, version: &str, operation: &str, body: String) -> RequestBuilder {
        let action = format!("\"CUCM:DB ver={version} {operation}\"");
        self.soap("/axl/", &action, body)
    }

    /// A SOAP request by [`ADMIN`].
    pub(crate) fn soap(&self, path: &str, action: &str, body: String) -> RequestBuilder {
        let request = self.request("POST", path).basic_auth(ADMIN.0, Some(ADMIN.1));
        let request = request.header("content-type", "text/xml; charset=utf-8");
        request.header("soapaction", action).body(body)
    }

    /// Sends a recorded request, and returns status and answer.
    pub(crate) fn send(&self, file: &str) -> (u16, Tree) {
        let text = recorded(file);
        let operation = file.split('-').nth(1).unwrap();
        let tree = Tree::read(&text);
        let namespace = tree.find(operation).unwrap().lines(&[]);
        let version = namespace.split("/API/").nth(1).map(|rest| rest.split('}').next().unwrap());
        let request = match (version, operation) {
            (Some(version), _) => self.axl(version, operation, text),
            (None, "selectCmDevice") => self.soap(RIS, "\"selectCmDevice\"", text),
            (None, _) => self.soap(CONTROL, &format!("\"{operation}\""), text),
        };
        let response = request.send().unwrap();
        (response.status().as_u16(), Tree::read(&response.text().unwrap()))
    }

    /// An AXL request of schema 15.0 with this content; the answer.
    pub(crate) fn call(&self, operation: &str, content: &str) -> (u16, String) {
        let body = axl_body("15.0", operation, content);
        let response = self.axl("15.0", operation, body).send().unwrap();
        (response.status().as_u16(), response.text().unwrap())
    }
}

/// An envelope around an AXL operation.
pub(crate) fn axl_body(version: &str, operation: &str, content: &str) -> String {
    envelope(&format!("http://www.cisco.com/AXL/API/{version}"), operation, content)
}

/// An envelope around an operation with the prefix `q`.
pub(crate) fn envelope(namespace: &str, operation: &str, content: &str) -> String {
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><q:{operation} \
         xmlns:q=\"{namespace}\">{content}</q:{operation}></e:Body></e:Envelope>"
    )
}

/// A recorded file.
pub(crate) fn recorded(file: &str) -> String {
    String::from_utf8(recorded_bytes(file)).unwrap()
}

/// A recorded file of `tests/corpus/axl` or `tests/corpus/cucm`.
pub(crate) fn recorded_bytes(file: &str) -> Vec<u8> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let files = ["axl", "cucm"].map(|folder| corpus.join(folder).join(file));
    let found = files.iter().find(|path| path.exists()).ok_or(file).unwrap();
    std::fs::read(found).unwrap()
}
