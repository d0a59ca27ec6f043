//! One run of `adrc doctor presence`, and what it found.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use adr_exchange_kit::{ExchangeStandIn, Identity, PASSWORD, Specimen};
use adr_kit::process::KillOnDrop;
use serde_json::Value;
use tempfile::TempDir;

/// The longest time that a run may take: the limit of the doctor, and time to start and to end on a
/// loaded machine.
pub(super) const LONGEST: Duration = Duration::from_secs(90);

/// A run that is prepared.
#[derive(Debug)]
pub(super) struct Examination {
    gateway: String,
    options: Vec<String>,
    folder: TempDir,
}

/// The result of a run.
#[derive(Debug)]
pub(super) struct Seen {
    /// Exit status.
    pub(super) status: Option<i32>,
    /// The document on standard output.
    pub(super) document: Value,
    /// Everything that was written: standard output and standard error.
    pub(super) output: String,
    pub(super) duration: Duration,
}

impl Examination {
    /// Looks at a gateway on a port of 127.0.0.1, by this name.
    pub(super) fn of(gateway: &str, address: SocketAddr) -> Self {
        let port = format!("--port={}", address.port());
        let folder = tempfile::tempdir().unwrap();
        Self { gateway: gateway.to_owned(), options: vec![port], folder }
    }

    /// With the uploaded certificates of an identity.
    pub(super) fn trust(mut self, identity: &Identity) -> Self {
        let trust = self.folder.path().join("trust");
        std::fs::create_dir_all(&trust).unwrap();
        identity.upload(&trust);
        self.options.push("--trust=trust".to_owned());
        self
    }

    /// With an account, whose password is in the environment.
    pub(super) fn account(self, user: &str) -> Self {
        self.option(&format!("--account={user}"))
    }

    pub(super) fn mailbox(self, address: &str) -> Self {
        self.option(&format!("--mailbox={address}"))
    }

    pub(super) fn option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    /// A file in the folder of the run.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn run(&self) -> Seen {
        self.run_as(adr_tests::adrc(self.folder.path()))
    }

    /// Runs where only these lines are in the file of host names, and no name server answers.
    /// `None` where this process may not mount; then the current test is left out.
    pub(super) fn run_with_names(&self, hosts: &str) -> Option<Seen> {
        let may = Command::new("unshare").args(["--mount", "true"]).output();
        let may = may.is_ok_and(|output| output.status.success());
        if !adr_kit::optional::has("the right to mount", may) {
            return None;
        }
        std::fs::write(self.file("hosts"), hosts).unwrap();
        std::fs::write(self.file("resolv.conf"), "nameserver 127.0.0.1\n").unwrap();
        let script = "mount --bind hosts /etc/hosts && mount --bind resolv.conf /etc/resolv.conf \
                      && exec \"$@\"";
        let mut command = adr_tests::adrc(self.folder.path());
        let program = command.get_program().to_owned();
        let variables: Vec<_> = command
            .get_envs()
            .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
            .collect();
        command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script, "sh"]).arg(program);
        command.current_dir(self.folder.path());
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Some(self.run_as(command))
    }

    /// Starts a run that does not end, with text as its format.
    pub(super) fn watch(&self) -> KillOnDrop {
        let mut command = adr_tests::adrc(self.folder.path());
        command.args(["doctor", "presence", &self.gateway]).args(&self.options);
        command.env("ADRC_EXCHANGE_PASSWORD", PASSWORD);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        KillOnDrop::start(&mut command)
    }

    fn run_as(&self, mut command: Command) -> Seen {
        command.args(["doctor", "presence", &self.gateway, "--format=json"]).args(&self.options);
        command.env("ADRC_EXCHANGE_PASSWORD", PASSWORD);
        Seen::of(&mut command)
    }
}

impl Seen {
    /// Runs a command that writes a diagnosis as JSON.
    pub(super) fn of(command: &mut Command) -> Self {
        let start = Instant::now();
        let output = command.output().unwrap();
        let duration = start.elapsed();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let document = serde_json::from_str(&stdout);
        let document = document.unwrap_or_else(|error| panic!("{error}: {stdout}\n{stderr}"));
        let seen =
            Self { status: output.status.code(), document, output: stdout + &stderr, duration };
        assert!(seen.duration < LONGEST, "{:?}: {}", seen.duration, seen.output);
        assert!(!seen.output.contains("panicked"), "{}", seen.output);
        seen
    }

    /// Runs the command in a folder with these words behind `adrc doctor presence --format=json`.
    pub(super) fn in_folder(folder: &Path, words: &[&str]) -> Self {
        let mut command = adr_tests::adrc(folder);
        Self::of(command.args(["doctor", "presence", "--format=json"]).args(words))
    }

    /// The names of errors and warnings, in their order.
    pub(super) fn names(&self) -> Vec<&str> {
        let found = self.document["found"].as_array().unwrap();
        let counts = found.iter().filter(|one| one["severity"] != "information");
        counts.map(|one| one["name"].as_str().unwrap()).collect()
    }

    /// The names of everything that was found, notes too.
    pub(super) fn all_names(&self) -> Vec<&str> {
        let found = self.document["found"].as_array().unwrap();
        found.iter().map(|one| one["name"].as_str().unwrap()).collect()
    }

    /// How a step of the path ended.
    pub(super) fn step(&self, step: &str) -> &str {
        let path = self.document["path"].as_array().unwrap();
        let at = path.iter().find(|at| at["step"] == step).unwrap();
        at["outcome"].as_str().unwrap()
    }

    /// Asserts that nothing is wrong.
    #[track_caller]
    pub(super) fn is_healthy(&self) {
        assert_eq!(self.names(), Vec::<&str>::new(), "{}", self.output);
        assert_eq!(self.status, Some(0), "{}", self.output);
    }

    /// Asserts that this is the first cause.
    #[track_caller]
    pub(super) fn begins_with(&self, name: &str) {
        assert_eq!(self.names().first(), Some(&name), "{}", self.output);
        assert_eq!(self.status, Some(1), "{}", self.output);
    }
}

/// A stand-in behind a right certificate for `localhost`.
pub(super) fn right() -> (ExchangeStandIn, Identity) {
    behind(Specimen::Right)
}

/// A stand-in behind this certificate for `localhost`.
pub(super) fn behind(specimen: Specimen) -> (ExchangeStandIn, Identity) {
    let identity = specimen.identity("localhost").unwrap();
    (ExchangeStandIn::start(&identity), identity)
}

/// Looks at a stand-in with trust, account and mailbox.
pub(super) fn whole(exchange: &ExchangeStandIn, identity: &Identity) -> Examination {
    let examination = Examination::of("localhost", exchange.address()).trust(identity);
    examination.account("EXAMPLE\\svc-presence").mailbox(adr_exchange_kit::ALICE)
}
