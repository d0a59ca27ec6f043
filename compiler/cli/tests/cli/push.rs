//! `adrc push` against a stand-in of CUCM.

use std::process::{Command, Stdio};
use std::time::Duration;

use adr_cucm_kit::{CucmStandIn, Fault, Rule, RuleKind};
use adr_kit::needs;
use adr_kit::process::path_under_test;
use adr_kit::sandbox::{Finished, finish};

use super::sandbox::Sandbox;

const PLAN: &str = "\
emergency 911, 9911

application {
  rule \"Local\" { begins-with 5; digits 7; prefix 9; description \"seven digits\" }
  rule \"US\"    { begins-with +1; digits 12; remove 2; prefix 91 }
}

site \"Dallas\" {
  clients 10.20.0.0/16
  application { rule \"D\" { begins-with 5; digits 7; prefix 8 } }
}

test {
  dial 555-1212 -> 95551212
  dial 911      -> unchanged
}
";

/// A folder with a plan, and a cluster with other rules.
struct Bench {
    sandbox: Sandbox,
    cucm: CucmStandIn,
}

impl Bench {
    fn new() -> Self {
        let cucm = CucmStandIn::start();
        let rules = vec![
            Rule::new("US", "+1", [12, 2], "9").priority(0),
            Rule::new("Local", "5", [7, 0], "9").priority(1),
            Rule::new("Old", "44", [7, 0], "7").priority(2),
        ];
        cucm.state().set_rules(RuleKind::Application, rules);
        Self { sandbox: Sandbox::with(&[("plan.adr", PLAN)]), cucm }
    }

    fn command(&self, arguments: &str) -> Command {
        let address = format!("cucm://{}", self.cucm.address());
        let mut words = vec!["push", &address];
        words.extend(arguments.split_whitespace());
        words.extend(["--fingerprint", self.cucm.fingerprint()]);
        let mut command = self.sandbox.command(&words);
        command
            .env("ADRC_CUCM_USER", "axladmin")
            .env("ADRC_CUCM_PASSWORD", "axladmin-secret")
            .env("XDG_STATE_HOME", path_under_test(&self.sandbox.path("state")))
            .env_remove("STATE_DIRECTORY");
        command
    }

    fn push(&self, arguments: &str) -> Finished {
        finish(self.command(arguments), b"")
    }

    /// The names of the application rules by priority.
    fn names(&self) -> Vec<String> {
        let mut rules = self.cucm.state().rules(RuleKind::Application).to_vec();
        rules.sort_by_key(|rule| rule.priority.parse::<u32>().unwrap());
        rules.into_iter().map(|rule| rule.name).collect()
    }

    fn journals(&self) -> usize {
        let files = self.sandbox.listing("");
        let is_journal = |name: &&String| name.starts_with("state/") && name.ends_with(".json");
        files.iter().filter(is_journal).count()
    }
}

#[test]
fn plan_is_shown_first_and_carried_out_with_yes() {
    let bench = Bench::new();
    let ran = bench.push("plan.adr");
    assert_eq!(ran.status, 1, "{ran:?}");
    for text in [
        "default view, application rules",
        "application rules in CUCM: update 1, remove 1\n",
        "  update \"US\": prefix \"9\" becomes \"91\", from place 1 to 2\n",
        "  remove \"Old\" at place 3: begins with 44, 7 digits, prefix 7\n",
        " calls to CUCM, in this order:\n",
        "After every call, each number goes where the present or the new list sends it.\n",
    ] {
        assert!(ran.stdout.contains(text), "{text} in {}", ran.stdout);
    }
    for text in [
        "CUCM has one list for all clients: the rules of 1 site are left out",
        "nothing is changed; `--yes` makes these calls",
    ] {
        assert!(ran.stderr.contains(text), "{text} in {}", ran.stderr);
    }
    assert_eq!(
        (bench.names(), bench.journals()),
        (["US", "Local", "Old"].map(str::to_owned).to_vec(), 0)
    );

    let ran = bench.push("plan.adr --yes");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.ends_with("CUCM holds the new rules\n"), "{ran:?}");
    assert!(ran.stderr.contains("call 1 of "), "{ran:?}");
    assert_eq!(bench.names(), ["Local", "US"]);
    assert_eq!(bench.journals(), 0);

    let ran = bench.push("plan.adr");
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("CUCM holds these rules already"), "{ran:?}");
}

#[test]
fn person_at_the_terminal_sees_the_plan_before_the_question() {
    needs!("script");
    let bench = Bench::new();
    bench
        .sandbox
        .write("one.adr", b"application { rule \"L\" { begins-with 5; digits 7; prefix 9 } }\n");
    for (answer, status, count) in [("n\n", 1, 3), ("y\n", 0, 1)] {
        let command = bench.command("one.adr");
        let words = command.get_args().map(|word| word.to_str().unwrap().to_owned());
        let line = [env!("CARGO_BIN_EXE_adrc").to_owned()].into_iter().chain(words);
        let mut script = Command::new("script");
        script.args(["-qec", &line.collect::<Vec<_>>().join(" "), "/dev/null"]);
        script.current_dir(bench.sandbox.folder());
        let set = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
        script.envs(set);
        let ran = finish(script, answer.as_bytes());
        assert_eq!((ran.status, bench.names().len()), (status, count), "{ran:?}");
        let place = |text: &str| ran.stdout.find(text).unwrap_or_else(|| panic!("{text}: {ran:?}"));
        assert!(place("in this order") < place("Make these calls? [y/N]"));
    }
}

#[test]
fn json_has_every_change_and_call() {
    let bench = Bench::new();
    let ran = bench.push("plan.adr --format json");
    assert_eq!(ran.status, 1, "{ran:?}");
    for text in [
        "\"changes\": true",
        "\"change\": \"update\"",
        "\"change\": \"remove\"",
        "\"call\": \"update\"",
        "\"differences\": [",
    ] {
        assert!(ran.stdout.contains(text), "{text} in {}", ran.stdout);
    }
}

#[test]
fn plan_with_errors_is_not_pushed() {
    let bench = Bench::new();
    bench
        .sandbox
        .write("plan.adr", PLAN.replace("emergency 911,", "emergency 5550000,").as_bytes());
    let ran = bench.push("plan.adr --yes");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("emergency-rewritten"), "{ran:?}");
    assert!(bench.cucm.log().is_empty());
}

#[test]
fn wrong_usage_of_push_is_an_error() {
    let bench = Bench::new();
    let ran = bench.sandbox.run("push hq plan.adr");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("`hq` is not the address of a cluster"), "{ran:?}");
    let ran = bench.push("--rollback");
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("no push to this cluster is unfinished"), "{ran:?}");
    bench.sandbox.write("rules.xml", b"<DialRules/>");
    let ran = bench.push("rules.xml");
    assert!(ran.status == 2 && ran.stderr.contains("already compiled"), "{ran:?}");
    let mut homeless = bench.command("plan.adr");
    homeless.env_remove("HOME").env_remove("XDG_STATE_HOME");
    let ran = finish(homeless, b"");
    assert!(ran.status == 2, "{ran:?}");
    assert!(ran.stderr.contains("no folder for the record of the push"), "{ran:?}");
}

#[test]
fn push_killed_at_any_request_is_resumed_or_undone() {
    let requests = {
        let bench = Bench::new();
        assert_eq!(bench.push("plan.adr --yes").status, 0);
        bench.cucm.log().len()
    };
    for at in 1..=requests {
        let bench = Bench::new();
        // before CUCM carries out the request, or after it
        let fault = if at % 2 == 0 { Fault::Hang } else { Fault::HangAfter };
        bench.cucm.faults().at(at, fault);
        let mut command = bench.command("plan.adr --yes");
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        while bench.cucm.log().len() < at {
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let (is_undone, was_started) = (at % 3 == 0, bench.journals() == 1);
        let ran = bench.push(if is_undone && was_started {
            "--rollback --yes"
        } else {
            "plan.adr --yes"
        });
        assert_eq!(ran.status, 0, "{at}: {ran:?}");
        let notice = "an earlier push to this cluster did not finish";
        assert_eq!(ran.stderr.contains(notice), was_started, "{at}: {ran:?}");
        let expected: &[&str] =
            if is_undone && was_started { &["US", "Local", "Old"] } else { &["Local", "US"] };
        assert_eq!(bench.names(), expected, "{at}");
        assert_eq!(bench.journals(), 0, "{at}");
    }
}

#[test]
fn rejected_call_says_how_to_go_on() {
    let bench = Bench::new();
    bench.cucm.state().users[0].axl = adr_cucm_kit::AxlAccess::ReadOnly;
    let ran = bench.push("plan.adr --yes");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("error: call 1 of "), "{ran:?}");
    assert!(ran.stderr.contains("`adrc push --rollback` goes back"), "{ran:?}");
    assert_eq!(bench.journals(), 1);
    let ran = bench.push("--rollback");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(bench.journals(), 0);
}
