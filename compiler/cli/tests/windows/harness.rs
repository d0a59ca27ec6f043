//! The command for Windows, and the programs that watch it.

use std::ffi::OsStr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use adr_kit::http_server::HttpServer;
use adr_kit::process::{path_under_test, under_test};
use adr_kit::sandbox::{self, Finished, finish};
use adr_kit::wait::wait_within;

/// A dial plan that dials with the prefix 9.
pub(crate) const PLAN: &str = "\
emergency 911, 9911

application {
  rule \"Local\" { begins-with 5; digits 7; prefix 9 }
}

test {
  dial 911 -> unchanged
}
";

/// The same with the prefix 8.
pub(crate) fn other_plan() -> String {
    PLAN.replace("prefix 9", "prefix 8")
}

/// A folder of a test, in which programs for Windows run.
pub(crate) struct Sandbox(sandbox::Sandbox);

impl Sandbox {
    /// A folder with `plan.adr`.
    pub(crate) fn with_plan() -> Self {
        Self(sandbox::Sandbox::with(&[("plan.adr", PLAN)]))
    }

    /// Runs `adrc` with the words of a line; no word contains a space.
    pub(crate) fn run(&self, line: &str) -> Finished {
        let mut command = under_test(env!("CARGO_BIN_EXE_adrc"));
        command.args(line.split(' ')).current_dir(self.folder()).env_remove("CLICOLOR_FORCE");
        finish(command, b"")
    }

    /// Runs `adrc`, which must succeed.
    pub(crate) fn succeeds(&self, line: &str) -> Finished {
        let ran = self.run(line);
        assert_eq!(ran.status, 0, "adrc {line}: {ran:?}");
        ran
    }

    /// A program of `tests/wine`.
    pub(crate) fn tool(&self, name: &str) -> Command {
        let folder = std::env::var("ADR_WINE_TOOLS").expect("`tests/windows` sets ADR_WINE_TOOLS");
        let program = Path::new(&folder).join(name).with_extension("exe");
        let mut command = if cfg!(windows) { Command::new(program) } else { on_wine(program) };
        command.current_dir(self.folder());
        command
    }

    /// Runs a program that is a part of Windows, which must succeed.
    pub(crate) fn system(&self, arguments: &[&str]) -> Finished {
        let mut command = match cfg!(windows) {
            true => Command::new(arguments[0]),
            false => on_wine(arguments[0]),
        };
        command.args(&arguments[1..]).current_dir(self.folder());
        let ran = finish(command, b"");
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
        ran
    }

    /// Starts `adrc` in a console in which [`Console::end`] presses a key.
    pub(crate) fn console(&self, line: &str) -> Console {
        let adrc = under_test(env!("CARGO_BIN_EXE_adrc"));
        let mut command = match cfg!(windows) {
            true => self.tool("console-break"),
            // without the limit of time, which would not pass on the key
            false => Command::new("wine"),
        };
        command.arg(program(&adrc)).args(line.split(' ')).current_dir(self.folder());
        let log = std::fs::File::create(self.path("log")).unwrap();
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        Console(command.spawn().unwrap())
    }

    /// What the process in the console has written so far.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read(self.path("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Waits until something holds.
    pub(crate) fn eventually(&self, what: &str, holds: impl FnMut() -> bool) {
        let failure = || format!("{what}\n{}", self.log());
        wait_within(Duration::from_secs(60), holds, failure);
    }

    /// Publishes the plan, and serves the current generation by HTTP.
    pub(crate) fn served(&self) -> HttpServer {
        self.succeeds("compile plan.adr -o published");
        let published = self.path("published");
        HttpServer::new(move |request, connection| {
            let current = std::fs::read_to_string(published.join("current")).unwrap();
            let file =
                published.join(current.trim_end()).join(request.path.trim_start_matches('/'));
            match std::fs::read(file) {
                Ok(bytes) => connection.respond(200, &bytes),
                Err(_) => connection.respond(404, b""),
            };
        })
    }

    /// The path of a file as programs for Windows see it.
    pub(crate) fn windows_path(&self, name: &str) -> String {
        on_drive(&self.path(name))
    }
}

impl Deref for Sandbox {
    type Target = sandbox::Sandbox;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A program under wine, with a limit of time: wine may wait for a window that no display shows.
fn on_wine(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", "120", "wine"]).arg(program);
    command
}

/// The program for Windows in a command, without `wine` in front.
fn program(command: &Command) -> PathBuf {
    command.get_args().last().unwrap_or(command.get_program()).into()
}

/// The path of `adrc` as the service manager sees it.
pub(crate) fn adrc_path() -> String {
    on_drive(&program(&under_test(env!("CARGO_BIN_EXE_adrc"))))
}

fn on_drive(path: &Path) -> String {
    path_under_test(path).into_os_string().into_string().unwrap()
}

/// The name of a pipe that no other test uses.
pub(crate) fn pipe(name: &str) -> String {
    format!(r"\\.\pipe\adrc-{name}-{}", std::process::id())
}

/// A process in a console. It is killed when this value is dropped.
pub(crate) struct Console(Child);

impl Console {
    /// Presses Ctrl-Break, or under wine, which knows only that, Ctrl-C; returns the exit status.
    pub(crate) fn end(mut self) -> i32 {
        drop(self.0.stdin.take());
        if !cfg!(windows) {
            let pid = self.0.id().to_string();
            assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        }
        let mut status = None;
        wait_within(
            Duration::from_secs(60),
            || {
                status = self.0.try_wait().unwrap();
                status.is_some()
            },
            || "the process does not end".to_owned(),
        );
        status.and_then(|status| status.code()).unwrap()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
