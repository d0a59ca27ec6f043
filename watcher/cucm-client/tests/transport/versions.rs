//! The AXL version that both sides speak.

use std::sync::{Arc, Mutex};

use adr_cucm::SchemaVersion;
use adr_cucm::axl::GetCcmVersion;
use adr_cucm_client::{CallError, Progress, Versions};

use crate::server::{Reply, Request, Server};
use crate::soap;

fn version_in(request: &Request) -> String {
    let action = request.header("soapaction").unwrap();
    action.split("ver=").nth(1).unwrap().split(' ').next().unwrap().to_owned()
}

fn asked(server: &Server) -> Vec<String> {
    server.requests().iter().map(version_in).collect()
}

/// A server that supports one version, and names these.
fn server(supported: &'static str, named: &'static str) -> Server {
    Server::start(move |_, request| match version_in(request) == supported {
        true => Reply::ok(soap::release("12.5.1")),
        false => Reply::new(599, named),
    })
}

#[tokio::test]
async fn version_of_the_list_is_used_and_remembered() {
    let server = server("12.5", "Supported versions: 11.0 11.5 12.0 12.5");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let session =
        server.session().with_progress(move |step| log.lock().unwrap().push(step.to_string()));
    let schema = SchemaVersion::new("12.5").unwrap();
    for _ in 0..2 {
        let versions = session.versions().await.unwrap();
        assert_eq!(versions, Versions { release: "12.5.1".to_owned(), schema });
    }
    assert_eq!(asked(&server), ["15.0", "12.5", "12.5"]);
    assert_eq!(*seen.lock().unwrap(), ["CUCM does not support AXL 15.0; asking with 12.5"]);
    let rejected = SchemaVersion::NEWEST;
    assert_eq!(Progress::Version { rejected, next: schema }.to_string(), seen.lock().unwrap()[0]);
}

#[tokio::test]
async fn versions_are_tried_in_turn_without_a_list() {
    let server = server("12.0", "");
    server.session().call(&GetCcmVersion).await.unwrap();
    assert_eq!(asked(&server), ["15.0", "14.0", "12.5", "12.0"]);
}

#[tokio::test]
async fn configured_version_comes_first() {
    let server = server("11.5", "");
    let mut cluster = server.cluster();
    cluster.first_version = SchemaVersion::new("11.5").unwrap();
    cluster.session().unwrap().call(&GetCcmVersion).await.unwrap();
    assert_eq!(asked(&server), ["11.5"]);
}

#[tokio::test]
async fn cluster_without_a_common_version_is_an_error_after_all_were_tried() {
    let server = server("none", "17.0");
    let error = server.session().call(&GetCcmVersion).await.unwrap_err();
    assert!(matches!(error, CallError::NoCommonVersion), "{error:?}");
    assert_eq!(asked(&server).len(), SchemaVersion::ALL.len());
}

#[tokio::test]
async fn fault_accepts_the_version() {
    let server = Server::start(|_, _| Reply::new(500, soap::fault("Item not valid")));
    let session = server.session();
    assert_eq!(session.accepted_version(), None);
    session.call(&GetCcmVersion).await.unwrap_err();
    assert_eq!(session.accepted_version(), Some(SchemaVersion::NEWEST));
}
