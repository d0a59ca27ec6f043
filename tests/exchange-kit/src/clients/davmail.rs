//! DavMail, a gateway from CalDAV to Exchange.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

use adr_kit::process::KillOnDrop;
use adr_kit::wait::{TIMEOUT, wait_within};
use tempfile::TempDir;

use crate::identity::Identity;
use crate::stand_in::{ExchangeStandIn, PASSWORD};

/// The password of the file with trusted certificates. It protects nothing.
const STORE_PASSWORD: &str = "changeit";

/// What CalDAV asks for: the events of a time, as iCalendar.
const QUERY: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:prop><D:getetag/><C:calendar-data/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">
<C:time-range start="20261129T000000Z" end="20261207T000000Z"/>
</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"#;

/// A running gateway; killed when dropped.
#[derive(Debug)]
pub struct DavMail {
    address: SocketAddr,
    folder: TempDir,
    _process: KillOnDrop,
}

impl DavMail {
    /// Starts a gateway to a server that is called `localhost`, and waits until it listens.
    ///
    /// `None` if this machine has no DavMail, Java or curl; then the current test is left out.
    #[must_use]
    pub fn start(exchange: &ExchangeStandIn, identity: &Identity) -> Option<Self> {
        if !adr_kit::optional::has_commands(&["davmail", "keytool", "curl"]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let settings = folder.path().join("davmail.properties");
        fs::write(&settings, properties(exchange, address, folder.path())).unwrap();
        let options = format!(
            "-Djava.awt.headless=true -Djavax.net.ssl.trustStore={} \
             -Djavax.net.ssl.trustStorePassword={STORE_PASSWORD}",
            trusted(identity, folder.path())
        );
        let mut command = Command::new("davmail");
        command.arg(settings).env("JAVA_TOOL_OPTIONS", options);
        let process = KillOnDrop::start_silent(&mut command);
        let gateway = Self { address, folder, _process: process };
        wait_within(TIMEOUT, || TcpStream::connect(address).is_ok(), || gateway.log());
        Some(gateway)
    }

    /// The calendar of a mailbox from November 29th to December 6th of 2026, as CalDAV with
    /// iCalendar in it. `user` is the name of the login.
    #[must_use]
    pub fn calendar(&self, user: &str, mailbox: &str) -> String {
        let url = format!("http://{}/users/{mailbox}/calendar/", self.address);
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--max-time", "60", "--user", &format!("{user}:{PASSWORD}")]);
        curl.args(["--request", "REPORT", "--header", "Depth: 1"]);
        curl.args(["--header", "Content-Type: text/xml", "--data-binary", QUERY, &url]);
        let output = curl.output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What the gateway wrote into its log.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("davmail.log")).unwrap_or_default()
    }
}

/// A free port on a loopback address that no other process has, so that it stays free.
fn free_address() -> SocketAddr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let [.., high, low] = std::process::id().to_be_bytes();
    let address = Ipv4Addr::new(127, 30 + high % 80, low, next);
    TcpListener::bind((address, 0)).unwrap().local_addr().unwrap()
}

fn properties(exchange: &ExchangeStandIn, address: SocketAddr, folder: &Path) -> String {
    let (port, caldav) = (exchange.address().port(), address.port());
    let log = folder.join("davmail.log");
    format!(
        "davmail.mode=EWS\ndavmail.url=https://localhost:{port}/ews/exchange.asmx\n\
         davmail.server=true\ndavmail.allowRemote=false\ndavmail.disableUpdateCheck=true\n\
         davmail.bindAddress={}\ndavmail.caldavPort={caldav}\n\
         davmail.imapPort=\ndavmail.smtpPort=\ndavmail.popPort=\n\
         davmail.ldapPort=\ndavmail.noProxyFor=localhost\ndavmail.logFilePath={}\n\
         log4j.rootLogger=WARN\nlog4j.logger.davmail=INFO\n",
        address.ip(),
        log.display()
    )
}

/// A file of Java with the uploaded certificates; its path.
fn trusted(identity: &Identity, folder: &Path) -> String {
    let store = folder.join("trusted.p12");
    identity.upload(folder);
    for file in &identity.uploaded {
        let mut keytool = Command::new("keytool");
        keytool.args(["-importcert", "-noprompt", "-storetype", "PKCS12"]);
        keytool.args(["-storepass", STORE_PASSWORD, "-alias", &file.name]);
        keytool.arg("-keystore").arg(&store).arg("-file").arg(folder.join(&file.name));
        let output = keytool.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    store.display().to_string()
}
