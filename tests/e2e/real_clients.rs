//! Real TFTP and HTTP clients of Debian, which fetch files from the server.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use adr_kit::optional::{has, has_command, is_python_module};

use super::server_process::ServerProcess;

/// After this time a client is killed: far more than a transfer takes on a loaded machine.
const DEADLINE: Duration = Duration::from_secs(300);

/// A client program, with its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// tftp-hpa.
    Hpa,
    /// atftp, without options.
    Atftp,
    /// atftp with blksize, windowsize and tsize.
    AtftpOptions,
    /// curl's TFTP, with the options that it sends by default.
    Curl,
    /// curl's TFTP without options.
    CurlPlain,
    /// busybox.
    Busybox,
    /// busybox with blksize 1428.
    BusyboxBlocks,
    /// The Python library tftpy.
    Tftpy,
    /// curl by HTTP.
    CurlHttp,
    /// busybox's wget by HTTP.
    BusyboxHttp,
}

impl Client {
    /// All clients.
    pub(crate) const ALL: [Self; 10] = [
        Self::Hpa,
        Self::Atftp,
        Self::AtftpOptions,
        Self::Curl,
        Self::CurlPlain,
        Self::Busybox,
        Self::BusyboxBlocks,
        Self::Tftpy,
        Self::CurlHttp,
        Self::BusyboxHttp,
    ];

    /// All clients that this machine has; the current test leaves out the others.
    pub(crate) fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|client| client.is_available()).collect()
    }

    /// Whether this machine has the client. If not, the current test leaves it out.
    pub(crate) fn is_available(self) -> bool {
        match self {
            Self::Hpa => has_command("tftp"),
            Self::Atftp | Self::AtftpOptions => has_command("atftp"),
            Self::Curl | Self::CurlPlain | Self::CurlHttp => has_command("curl"),
            Self::Busybox | Self::BusyboxBlocks | Self::BusyboxHttp => has_command("busybox"),
            Self::Tftpy => has("tftpy for Python", is_python_module("tftpy", &python_folder())),
        }
    }

    /// Whether the client uses HTTP.
    pub(crate) fn is_http(self) -> bool {
        matches!(self, Self::CurlHttp | Self::BusyboxHttp)
    }

    /// The address of the server for the client's protocol.
    pub(crate) fn address(self, server: &ServerProcess) -> SocketAddr {
        if self.is_http() { server.http } else { server.tftp }
    }

    /// Fetches `name` from the address of the client's protocol, and returns the content.
    ///
    /// # Errors
    ///
    /// The client ended with a failure, or wrote no file: some clients end with status 0 if the
    /// server does not have the file.
    pub(crate) fn fetch(
        self,
        server: SocketAddr,
        name: &str,
        folder: &Path,
    ) -> Result<Vec<u8>, String> {
        let target = folder.join(format!("{self:?}-{}", name.replace('/', "-")));
        let _ = fs::remove_file(&target);
        let mut command = self.command(server, name, &target);
        command.current_dir(folder);
        let output = run(command).map_err(|why| format!("{self:?}: {why}"))?;
        let fetched =
            fs::read(&target).map_err(|error| format!("{self:?}: no file, {error}: {output}"))?;
        let _ = fs::remove_file(&target);
        if output.starts_with("status 0") {
            Ok(fetched)
        } else {
            Err(format!("{self:?}: {output}"))
        }
    }

    fn command(self, server: SocketAddr, name: &str, to: &Path) -> Command {
        let (host, port, to) =
            (server.ip().to_string(), server.port().to_string(), to.display().to_string());
        let words: Vec<&str> = match self {
            Self::Hpa => vec!["tftp", "-m", "binary", &host, &port, "-c", "get", name, &to],
            Self::Atftp => vec!["atftp", "-g", "-r", name, "-l", &to, &host, &port],
            Self::AtftpOptions => vec![
                "atftp",
                "--option",
                "blksize 1428",
                "--option",
                "windowsize 4",
                "--option",
                "tsize 0",
                "-g",
                "-r",
                name,
                "-l",
                &to,
                &host,
                &port,
            ],
            Self::Curl | Self::CurlPlain | Self::CurlHttp => return self.curl(server, name, &to),
            Self::Busybox => vec!["busybox", "tftp", "-g", "-r", name, "-l", &to, &host, &port],
            Self::BusyboxBlocks => {
                vec!["busybox", "tftp", "-b", "1428", "-g", "-r", name, "-l", &to, &host, &port]
            }
            Self::Tftpy => vec!["python3", "-c", TFTPY, &host, &port, name, &to],
            Self::BusyboxHttp => {
                let url = format!("http://{server}/{name}");
                return command(&["busybox", "wget", "-q", "-O", &to, &url]);
            }
        };
        command(&words)
    }

    fn curl(self, server: SocketAddr, name: &str, to: &str) -> Command {
        let (protocol, option) = match self {
            Self::CurlHttp => ("http", "--fail"),
            Self::CurlPlain => ("tftp", "--tftp-no-options"),
            _ => ("tftp", "--silent"),
        };
        let url = format!("{protocol}://{server}/{name}");
        command(&["curl", "--silent", "--show-error", option, "--output", to, &url])
    }
}

/// A program that uses tftpy, from the folder of [`python_folder`] or as installed.
const TFTPY: &str = "
import sys, tftpy
host, port, name, to = sys.argv[1:]
tftpy.TftpClient(host, int(port), {'blksize': 1428}).download(name, to, timeout=2)
";

/// Where `tests/run` installs tftpy.
fn python_folder() -> PathBuf {
    adr_tests::root().join("target/python")
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command.env("PYTHONPATH", python_folder());
    command
}

/// Runs a client to its end. Returns its exit status and output as text.
fn run(mut command: Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let spawned = command.spawn();
    let mut child = spawned.map_err(|error| format!("{name}: {error}; tests/run installs it"))?;
    let began = Instant::now();
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        if began.elapsed() > DEADLINE {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("still running after {DEADLINE:?}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let text = [output.stdout, output.stderr].concat();
    let status = output.status.code().unwrap_or(-1);
    Ok(format!("status {status}: {}", String::from_utf8_lossy(&text).trim()))
}
