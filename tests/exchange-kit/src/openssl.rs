//! The program `openssl`: keys of RSA, signatures with SHA-1, and servers that speak TLS 1.0.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use adr_kit::process::KillOnDrop;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

use crate::identity::{Identity, UploadedFile, certificates};

/// Days for which a certificate is valid.
const DAYS: &str = "3650";

/// A server `openssl s_server`, killed when dropped.
#[derive(Debug)]
pub struct OpensslServer {
    /// Where it listens.
    pub address: SocketAddr,
    _process: KillOnDrop,
    _folder: TempDir,
}

impl OpensslServer {
    /// Starts a server that answers `GET /` by a page about the connection. `options` are options
    /// of
    /// `openssl s_server`, such as `-tls1`.
    ///
    /// It allows everything that openssl has: weak keys, old versions, old ciphers. `None` without
    /// the program.
    #[must_use]
    pub fn start(identity: &Identity, options: &[&str]) -> Option<Self> {
        if !adr_kit::optional::is_command("openssl") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (own, others) = identity.sent.split_at(1);
        let own = write("own.pem", certificates(own));
        let key = write("key.pem", identity.key_pem());
        let mut command = Command::new("openssl");
        // openssl chooses a port
        command.args(["s_server", "-www", "-accept", "127.0.0.1:0"]);
        command.args(["-cipher", "ALL:@SECLEVEL=0"]);
        command.arg("-cert").arg(own).arg("-key").arg(key);
        if !others.is_empty() {
            command.arg("-cert_chain").arg(write("others.pem", certificates(others)));
        }
        command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = KillOnDrop::start(&mut command);
        let output = process.0.stdout.take().unwrap();
        // `ACCEPT 127.0.0.1:43257`, when it listens
        let mut lines = BufReader::new(output).lines().map_while(Result::ok).take(10);
        let address = lines.find_map(|line| line.strip_prefix("ACCEPT ")?.trim().parse().ok());
        let address =
            address.unwrap_or_else(|| panic!("openssl s_server does not start with {options:?}"));
        Some(Self { address, _process: process, _folder: folder })
    }
}

/// A server with keys of RSA below a root of RSA, signed with this digest, such as `-sha1`.
pub(crate) fn identity(host: &str, bits: u32, digest: &str) -> Identity {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &str| openssl(folder.path(), arguments);
    run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out root.key");
    run(&format!(
        "req -x509 -key root.key -sha256 -days {DAYS} -subj /CN=Zoo-Root-CA -out root.pem"
    ));
    run(&format!("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out leaf.key"));
    let name = if host.parse::<std::net::IpAddr>().is_ok() { "IP" } else { "DNS" };
    run(&format!(
        "req -x509 -CA root.pem -CAkey root.key -key leaf.key {digest} -days {DAYS} \
         -subj /CN={host} -addext subjectAltName={name}:{host} \
         -addext basicConstraints=CA:FALSE -out leaf.pem"
    ));
    let certificate = |name: &str| CertificateDer::from_pem_file(folder.path().join(name)).unwrap();
    let root = certificate("root.pem");
    let key = PrivateKeyDer::from_pem_file(folder.path().join("leaf.key")).unwrap();
    let uploaded = vec![UploadedFile::certificate("root", &root)];
    Identity { sent: vec![certificate("leaf.pem")], key, uploaded }
}

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    command.args(arguments.split_whitespace()).current_dir(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
}
