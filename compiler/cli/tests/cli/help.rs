//! `--help` and manual pages of every command, and the examples in them, which are run.

use std::fs;
use std::path::Path;
use std::process::Command;

use adr_cucm_kit::CucmStandIn;
use adr_kit::needs;
use adr_kit::process::LoggingProcess;
use adr_kit::sandbox::{Finished, finish};
use rustix::process::Signal;

use super::sandbox::Sandbox;

/// A dial plan to which all options of the examples apply.
const PLAN: &str = "\
emergency 911, 9911

application {
  rule \"Extensions\" { begins-with 4; digits 5; keep }
  rule \"Local\"      { begins-with 5; digits 7; prefix 9 }
}

lookup {
  rule \"Own\" { begins-with 408555; digits 10; remove 5 }
}

site \"Dallas\" {
  clients 10.20.0.0/16
  application {
    rule \"Extensions, Dallas\" { begins-with 4; digits 5; keep }
    rule \"Local, Dallas\"      { begins-with 5; digits 7; prefix 8 }
  }
}

test {
  dial 555-1212             -> 95551212
  dial 555-1212 at \"Dallas\" -> 85551212
  dial 911                  -> unchanged
  lookup 4085551212         -> 51212
}
";

/// Examples that need another machine, a browser or a running server. Other suites run them.
const NOT_RUN: [&str; 11] = [
    "--account",
    "--core",
    "adrc reload",
    "adrc status",
    "--wait",
    "adrc serve plan.adr --publish",
    "cucm://",
    "--this-pc",
    // asks for a password
    "--mailbox",
    "nats://",
    "tls://",
];

/// An export of a registry without values of a client.
const REGISTRY: &str = "Windows Registry Editor Version 5.00\r\n";

/// An exported file with one rule.
const TABLE: &str = "Name,Number Begins With,Number of Digits,Total Digits to be Removed,Prefix \
                     With Pattern\nOwn,408555,10,6,\n";

/// Commands as typed after `adrc`, from the files of their pages; `""` is `adrc` itself.
fn commands() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/help");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = files.map(|name| name.into_string().unwrap());
    let names = names.filter_map(|name| Some(name.strip_suffix(".md")?.replace('-', " ")));
    let mut names: Vec<_> =
        names.map(|name| if name == "adrc" { String::new() } else { name }).collect();
    names.sort();
    assert!(names.len() >= 30, "{names:?}");
    names
}

/// The help of a command, by `-h` or `--help`.
fn help(sandbox: &Sandbox, command: &str, option: &str) -> String {
    let ran = sandbox.run(format!("{command} {option}").trim());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{command}");
    ran.stdout
}

/// The command lines in the examples of a command.
fn examples(sandbox: &Sandbox, command: &str) -> Vec<String> {
    let help = help(sandbox, command, "--help");
    let (_, examples) = help.split_once("\nExamples:\n").unwrap();
    let (examples, _) = examples.split_once("\n\n").unwrap();
    let lines = examples.lines().filter_map(|line| line.strip_prefix("  "));
    lines.filter(|line| line.starts_with("adrc ")).map(str::to_owned).collect()
}

#[test]
fn long_help_ends_with_examples_exit_status_and_related_commands() {
    let sandbox = Sandbox::new();
    for command in commands() {
        let help = help(&sandbox, &command, "--help");
        let sections: Vec<_> = ["\nExamples:\n", "\nExit status:\n  0  ", "\nSee also:\n  "]
            .iter()
            .map(|section| help.find(section).unwrap_or_else(|| panic!("{section} in {help}")))
            .collect();
        assert!(sections.is_sorted(), "{command}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{command}:\n{help}");
        let examples = examples(&sandbox, &command);
        assert!((1..=4).contains(&examples.len()), "{command}: {examples:?}");
    }
}

#[test]
fn short_help_fits_on_a_screen() {
    let sandbox = Sandbox::new();
    for command in commands() {
        let help = help(&sandbox, &command, "-h");
        assert!(help.lines().count() <= 50, "{command}: {} lines", help.lines().count());
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{command}:\n{help}");
        assert!(!help.contains("\nExamples:\n"), "{command}");
    }
}

#[test]
fn help_has_color_if_asked_for() {
    let output = Sandbox::new().command(&["check", "--help"]).env("CLICOLOR_FORCE", "1").output();
    let help = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(help.contains("\u{1b}[1m\u{1b}[32mExamples:"), "{help}");
    assert!(help.contains("\u{1b}[1m\u{1b}[36madrc check rules\u{1b}[0m"), "{help}");
}

#[test]
fn related_pages_exist() {
    let (sandbox, commands) = (Sandbox::new(), commands());
    for command in &commands {
        let help = help(&sandbox, command, "--help");
        let (_, related) = help.split_once("\nSee also:\n").unwrap();
        let related = related.split_whitespace().collect::<Vec<_>>().join(" ");
        for name in related.split(", ") {
            let exists = match name.strip_prefix("adrc ") {
                Some(name) => commands.iter().any(|command| command == name),
                None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name).is_file(),
            };
            assert!(exists && name != format!("adrc {command}"), "{command}: {name}");
        }
    }
}

#[test]
fn every_command_has_a_manual_page_with_all_sections() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run("man -o pages/man1").status, 0);
    let (commands, written) = (commands(), sandbox.listing("pages/man1"));
    assert_eq!(written.len(), commands.len(), "{written:?}");
    for command in commands {
        let name = format!("adrc {command}").trim_end().replace(' ', "-");
        let page = sandbox.read(&format!("pages/man1/{name}.1"));
        assert!(page.starts_with(&format!(".TH {name} 1 \"\" \"adrc ")), "{page}");
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "\"EXIT STATUS\"",
            "ENVIRONMENT",
            "EXAMPLES",
            "\"SEE ALSO\"",
        ] {
            assert_eq!(page.matches(&format!("\n.SH {section}\n")).count(), 1, "{name}: {section}");
        }
        assert_eq!(sandbox.run(format!("man {command}").trim_end()).stdout, page, "{name}");
    }
    assert_eq!(sandbox.run("man lint").stdout, sandbox.read("pages/man1/adrc-check.1"));
    let unknown = sandbox.run("man no such");
    assert!(unknown.status == 2 && unknown.stderr.contains("no command `no such`"), "{unknown:?}");
}

#[test]
fn manual_pages_have_no_warnings() {
    needs!("groff");
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run("man -o pages").status, 0);
    for page in sandbox.listing("pages") {
        let mut groff = Command::new("groff");
        groff.args(["-man", "-ww", "-Tutf8", &page]).current_dir(sandbox.path("pages"));
        let ran = finish(groff, b"");
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{page}");
        assert!(!ran.stdout.is_empty(), "{page}");
    }
}

#[test]
fn examples_run() {
    needs!("git");
    let cucm = CucmStandIn::start();
    let furnished = furnished(&cucm);
    for command in commands() {
        for example in examples(&furnished, &command) {
            if !NOT_RUN.iter().any(|part| example.contains(part)) {
                let ran = run(&example, &furnished);
                assert!(matches!(ran.status, 0 | 1), "{example}: {ran:?}");
                assert!(!ran.stderr.starts_with("error"), "{example}: {ran:?}");
            }
        }
    }
}

/// Runs an example in a copy of a folder.
fn run(example: &str, folder: &Sandbox) -> Finished {
    let sandbox = Sandbox::new();
    sandbox.run_all(&[&format!("cp -a {}/. .", folder.folder().display())]);
    for (creates, remove) in [("adrc new", "rm plan.adr"), ("adrc key new", "rm release.key*")] {
        if example.starts_with(creates) {
            sandbox.run_all(&[remove]);
        }
    }
    let line = match example {
        served if served.starts_with("adrc serve") && !served.contains("--check") => {
            format!("{served} --check")
        }
        // what follows is not adrc
        other => other.split(" | ").next().unwrap_or_default().to_owned(),
    };
    match () {
        () if line.starts_with("adrc watch") => sandbox.run_until(&line, "published: "),
        () if line.starts_with("adrc core") => sandbox.run_until(&line, "listening on "),
        () => finish(sandbox.shell(&line), b""),
    }
}

/// A folder with everything that examples name. The cluster `hq` is this one.
fn furnished(cucm: &CucmStandIn) -> Sandbox {
    let sandbox = Sandbox::new();
    let project = format!(
        "paths = [\"rules\"]\npublish = \"published\"\n\n[cucm.hq]\npublisher = \"{}\"\n\
         fingerprint = \"{}\"\n",
        cucm.address(),
        cucm.fingerprint()
    );
    for (name, text) in [
        ("plan.adr", PLAN),
        ("rules/plan.adr", PLAN),
        ("numbers.txt", "555-1212\n911\n"),
        ("adrc.toml", &project),
        ("rules.csv", TABLE),
        ("patterns.csv", "pattern;partition\n9.[2-9]XXXXXX;PSTN\n"),
        ("provision.toml", "[site.branch]\nservers.tftp = [\"10.2.1.1\"]\n"),
        ("policies.reg", REGISTRY),
        ("plain.reg", REGISTRY),
        ("pc.reg", REGISTRY),
        ("epe00000001.txt", "2026-11-30 12:00:00 GET /owa status 440\n"),
        ("processes.csv", "\"Name\",\"StartTime\"\n\"cucsf\",\"2026-11-30T08:00:00+01:00\"\n"),
        ("logs/epe.txt", "2026-11-30 10:00:00 owa user=jane HTTP 401\n"),
    ] {
        sandbox.write(name, text.as_bytes());
    }
    sandbox.run_all(&[
        "mkdir -p .local/share/bash-completion/completions .zfunc .config/fish/completions run",
        "mkdir certificates",
        "git init -q -b main .",
        "git add plan.adr rules",
        "git -c user.name=a -c user.email=a@localhost commit -q -m plan",
        "adrc key new release.key",
        "adrc new - | adrc compile - -o published",
        "adrc compile rules -o published",
        "adrc plan rules --publish published -o change.plan",
        "adrc cluster init --cluster file:shared",
        "adrc cluster import published --cluster file:shared",
        "cp published/AppDialRules.xml published/DirLookupDialRules.xml .",
        "cp DirLookupDialRules.xml rules.xml",
    ]);
    sandbox
}

impl Sandbox {
    /// A line for the shell, with the `adrc` of this tree first, and this folder as home.
    fn shell(&self, line: &str) -> Command {
        let adrc = Path::new(env!("CARGO_BIN_EXE_adrc")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(self.folder())
            .env("PATH", format!("{}:{path}", adrc.display()))
            .env("HOME", self.folder())
            .env("ADRC_CUCM_USER", "axladmin")
            .env("ADRC_CUCM_PASSWORD", "axladmin-secret")
            .env("XDG_RUNTIME_DIR", self.path("run"));
        for variable in ["NO_COLOR", "CLICOLOR_FORCE", "RUNTIME_DIRECTORY", "CACHE_DIRECTORY"] {
            command.env_remove(variable);
        }
        command.env_remove("XDG_CACHE_HOME").env_remove("ADRC_PLAN");
        command
    }

    pub(crate) fn run_all(&self, lines: &[&str]) {
        for line in lines {
            let ran = finish(self.shell(line), b"");
            assert_eq!(ran.status, 0, "{line}: {ran:?}");
        }
    }

    /// Runs a line until it says something, and ends it by SIGTERM.
    fn run_until(&self, line: &str, message: &str) -> Finished {
        let mut process = LoggingProcess::start(self.shell(&format!("exec {line}")));
        process.wait_for_nth(message, 1);
        process.signal(Signal::TERM);
        let status = process.wait().unwrap_or(-1);
        Finished { status, stdout: String::new(), stderr: String::new() }
    }
}
