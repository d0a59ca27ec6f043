//! `adrc doctor cucm` against a CUCM for tests, against files, and against records.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use adr_cucm_kit::{
    AxlAccess, CucmStandIn, Fault, Injection, PUBLISHER, Pattern, Rule, RuleKind, Softphone,
    Status, TFTP,
};
use adr_kit::sandbox::{Finished, finish};

use super::sandbox::Sandbox;

/// A plan with one emergency number, and with rules for seven and eleven digits.
const PLAN: &str = "\
emergency 911
application {
  rule \"Local\" { begins-with [2-9]; digits 7; prefix 9 }
  rule \"Long\" { begins-with 1; digits 11; prefix 9 }
}
";

/// Patterns that take what the plan sends out, as `run sql` prints them.
const ROUTES: &str = "\
admin:run sql select n.dnorpattern as pattern, p.name as partition, n.blockenable from numplan n
pattern                partition blockenable authorizationcoderequired isemergencyservicenumber
====================== ========= =========== ========================= ========================
9.[2-9]XXXXXX          PSTN      f           f                         f
9.1[2-9]XX[2-9]XXXXXX  PSTN      f           f                         f
9.1900XXXXXXX          PSTN      t           f                         f
911                    PSTN      f           f                         t
";

/// A folder with a plan and a project, and a cluster `hq` with two TFTP nodes.
struct World {
    sandbox: Sandbox,
    cucm: CucmStandIn,
    nodes: [String; 2],
}

impl World {
    /// A cluster without faults. TFTP nodes are 127.15.NET.1 and 127.15.NET.2.
    fn start(net: u8) -> Self {
        let mut cucm = CucmStandIn::start();
        let nodes = [1, 2].map(|host| {
            let address = Ipv4Addr::new(127, 15, net, host);
            let on = |port| SocketAddr::from((address, port));
            cucm.add_node_on(&address.to_string(), on(8443), on(6970));
            address.to_string()
        });
        let project = format!("[cucm.hq]\npublisher = \"{}\"\nca = \"ca.pem\"\n", cucm.address());
        let ca = cucm.ca_pem();
        let files = [("plan.adr", PLAN), ("adrc.toml", &*project), ("ca.pem", &*ca)];
        let world = Self { sandbox: Sandbox::with(&files), cucm, nodes };
        world.fill();
        world
    }

    /// Files, rules and patterns that fit the plan.
    fn fill(&self) {
        let ran = self.sandbox.run("compile plan.adr -o published");
        assert_eq!(ran.status, 0, "{ran:?}");
        let mut state = self.cucm.state();
        state.node_mut(PUBLISHER).unwrap().service_mut(TFTP).unwrap().is_active = false;
        for name in &self.nodes {
            for path in ["AppDialRules.xml", "DirLookupDialRules.xml"] {
                let bytes = self.sandbox.read(&format!("published/{path}")).into_bytes();
                let node = state.node_mut(name).unwrap();
                node.set_file(path, &bytes);
                node.set_file(&format!("CUPC/{path}"), &bytes);
            }
        }
        let mut priority = 0;
        for begins_with in ["2", "3", "4", "5", "6", "7", "8", "9"] {
            priority += 1;
            let rule = Rule::new(&format!("Local {begins_with}"), begins_with, [7, 0], "9");
            state.add_rule(RuleKind::Application, rule.priority(priority));
        }
        let long = Rule::new("Long", "1", [11, 0], "9").priority(priority + 1);
        state.add_rule(RuleKind::Application, long);
        state.route_patterns = vec![
            Pattern::new("9.[2-9]XXXXXX", "PSTN"),
            Pattern::new("9.1XXXXXXXXXX", "PSTN"),
            Pattern::new("911", "PSTN").emergency(),
        ];
        state.softphones = vec![Softphone::new("CSFASMITH")];
    }

    fn command(&self, line: &str) -> Command {
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = self.sandbox.command(&words);
        command.env("ADRC_CUCM_USER", "axladmin").env("ADRC_CUCM_PASSWORD", "axladmin-secret");
        command
    }

    fn run(&self, line: &str) -> Finished {
        finish(self.command(line), b"")
    }

    /// The names of what was found, and the exit status.
    fn found(&self, line: &str) -> (Vec<String>, i32) {
        names(&self.run(&format!("{line} --format json")))
    }
}

/// The names of what was found, and the exit status.
fn names(ran: &Finished) -> (Vec<String>, i32) {
    assert!(ran.stdout.starts_with('{'), "{ran:?}");
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = document["found"].as_array().unwrap().iter();
    (found.map(|one| one["name"].as_str().unwrap().to_owned()).collect(), ran.status)
}

#[test]
fn cluster_that_agrees_with_the_plan_has_nothing_wrong() {
    let world = World::start(71);
    let ran = world.run("doctor cucm cucm://hq plan.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("nothing wrong that can be seen from here"), "{}", ran.stdout);
    let remark = "CUCM 15.0(1) publishes its own dial rules by itself";
    assert!(ran.stdout.contains(remark), "{}", ran.stdout);
    assert!(!ran.stdout.contains("secret") && !ran.stdout.contains("ASMITH"), "{}", ran.stdout);
    let writes = ["add", "update", "remove", "soapDoControlServices", "executeSQLUpdate"];
    let operations = world.cucm.operations();
    let is_write = |name: &String| writes.iter().any(|verb| name.starts_with(verb));
    assert!(!operations.iter().any(is_write), "{operations:?}");
}

#[test]
fn each_fault_of_the_cluster_is_named() {
    let world = World::start(72);
    let [first, second] = &world.nodes;
    let doctor = "doctor cucm cucm://hq plan.adr";
    {
        let mut state = world.cucm.state();
        state.route_patterns[1].blocked = true;
        state.softphones[0].domain = "000001".to_owned();
        state.node_mut(first).unwrap().set_file("AppDialRules.xml", b"<DialRules>");
    }
    let expected = [
        "rule-file-broken",
        "nodes-serve-different-rules",
        "folders-hold-different-rules",
        "files-differ-from-plan",
        "rule-reaches-blocked-pattern",
        "softphone-with-precedence",
    ];
    assert_eq!(world.found(doctor), (expected.map(str::to_owned).to_vec(), 1));
    {
        let mut state = world.cucm.state();
        let service = state.node_mut(second).unwrap().service_mut(TFTP).unwrap();
        service.status = Status::Stopped;
    }
    let (found, status) = world.found(doctor);
    assert_eq!((&*found[0], status), ("tftp-service-stopped", 1), "{found:?}");
}

#[test]
fn rules_of_the_files_are_followed_without_a_plan() {
    let world = World::start(73);
    world.cucm.state().route_patterns.truncate(1);
    let ran = world.run("doctor cucm cucm://hq");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("rule-reaches-no-pattern"), "{}", ran.stdout);
    let words = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("`10000000000` -> `910000000000` -> no pattern"), "{words}");
    let remark = "the rules of the files on the TFTP nodes were followed";
    assert!(words.contains(remark), "{words}");
}

#[test]
fn missing_role_hides_what_it_hides_and_nothing_else() {
    let world = World::start(74);
    let doctor = "doctor cucm cucm://hq plan.adr";
    world.cucm.state().users[0].serviceability = false;
    assert_eq!(world.found(doctor), (vec!["serviceability-role-missing".to_owned()], 1));
    world.cucm.state().users[0].serviceability = true;
    let fault = Injection::new(Fault::Unauthorized).node(&world.nodes[0]);
    world.cucm.faults().add(fault.operation("soapGetServiceStatus"));
    assert_eq!(world.found(doctor), (Vec::new(), 0));
    world.cucm.faults().clear();
    world.cucm.state().users[0].axl = AxlAccess::None;
    assert_eq!(world.found(doctor), (vec!["axl-role-missing".to_owned()], 1));
    world.cucm.state().users[0].password = "other".to_owned();
    world.cucm.clear_log();
    assert_eq!(world.found(doctor), (vec!["axl-user-rejected".to_owned()], 1));
    // CUCM locks users, so a rejected login is not repeated
    assert_eq!(world.cucm.operations().len(), 1, "{:?}", world.cucm.operations());
}

#[test]
fn record_is_judged_again_without_a_cluster() {
    let world = World::start(75);
    world.cucm.state().route_patterns[1].blocked = true;
    let ran = world.run("doctor cucm cucm://hq plan.adr --format json --record seen.json");
    assert!(ran.stderr.contains("wrote seen.json: names are left out"), "{}", ran.stderr);
    let (found, status) = names(&ran);
    assert_eq!((found.len(), status), (1, 1), "{found:?}");
    let record = world.sandbox.read("seen.json");
    for name in [&*world.nodes[0], "PSTN", "Local", "axladmin", "hq\""] {
        assert!(!record.contains(name), "{name}: {record}");
    }
    let ran = world.sandbox.run("doctor cucm --replay seen.json --format json");
    assert_eq!(names(&ran), (found, 1));
    let ran = world.sandbox.run("doctor cucm --replay plan.adr");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("this is not a record of adrc"), "{}", ran.stderr);
    // names of partitions in a record are others, so a search space would hide all patterns
    for option in ["--search-space PSTN", "--domain digits", "--ca ca.pem", "--credentials a.toml"]
    {
        let ran = world.sandbox.run(&format!("doctor cucm --replay seen.json {option}"));
        assert_eq!(ran.status, 2, "{option}: {ran:?}");
        assert!(ran.stderr.contains("cannot be used with"), "{option}: {}", ran.stderr);
    }
}

#[test]
fn exported_patterns_are_enough_without_a_cluster() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN), ("routes.txt", ROUTES)]);
    let ran = sandbox.run("doctor cucm --routes routes.txt plan.adr");
    assert_eq!(ran.status, 1, "{ran:?}");
    let words = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "rule-reaches-blocked-pattern",
        "`19000000000` -> `919000000000` -> route pattern `9.1900XXXXXXX` in `PSTN`",
        "all partitions were taken together",
        "no cluster was asked",
    ] {
        assert!(words.contains(text), "{text}: {words}");
    }
    let ran =
        sandbox.run("doctor cucm --routes routes.txt plan.adr --search-space Other --format json");
    let (found, status) = names(&ran);
    assert_eq!((&*found[0], status), ("emergency-number-not-routed", 1), "{found:?}");
}

#[test]
fn wrong_usage_says_what_to_write() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN), ("routes.csv", "a;b\n1;2\n")]);
    let cases = [
        ("doctor cucm plan.adr", "no cluster and no file is given"),
        ("doctor cucm cucm://a cucm://b", "more than one cluster is given"),
        ("doctor cucm cucm://a --routes routes.csv", "--routes: a cluster is given as well"),
        (
            "doctor cucm --routes routes.csv plan.adr",
            "routes.csv: no column holds patterns; the columns are `a`, `b`",
        ),
        ("doctor cucm --routes missing.csv plan.adr", "missing.csv: "),
    ];
    for (line, message) in cases {
        let ran = sandbox.run(line);
        assert_eq!(ran.status, 2, "{line}: {ran:?}");
        assert!(ran.stderr.contains(message), "{line}: {}", ran.stderr);
    }
}

#[test]
fn partition_without_patterns_is_named() {
    let sandbox = Sandbox::with(&[("plan.adr", PLAN), ("routes.txt", ROUTES)]);
    let run = |space: &str| {
        sandbox.run(&format!("doctor cucm --routes routes.txt plan.adr --search-space {space}"))
    };
    let typo = run("PTSN");
    assert_eq!(typo.status, 1, "{typo:?}");
    let message = "--search-space: no pattern is in the partition `PTSN`";
    assert!(typo.stderr.contains(message) && typo.stderr.contains("`PSTN`"), "{typo:?}");
    let one = run("PSTM,PSTN");
    assert!(one.stderr.contains("did you mean `PSTN`?"), "{one:?}");
    assert!(one.status == 1 && one.stdout.contains("the partition `PSTM`"), "{one:?}");
    let other = run("Telephones,PSTN");
    assert!(!other.stderr.contains("Telephones"), "{other:?}");
    assert!(other.stdout.contains("the partition `Telephones`"), "{other:?}");
}

#[test]
fn emergency_number_that_only_a_numbering_plan_decides_is_a_warning() {
    let plan =
        "emergency 911\napplication {\n  rule \"E\" { begins-with 911; digits 3; keep }\n}\n";
    let sandbox = Sandbox::with(&[("plan.adr", plan), ("routes.csv", "pattern\n9.@\n")]);
    let ran = sandbox.run("doctor cucm --routes routes.csv plan.adr");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("warning: emergency-number-undecided"), "{ran:?}");
}
