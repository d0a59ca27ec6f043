//! `adrc deploy` and `adrc doctor views` against a CUCM for tests.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};

use adr_cucm_kit::{CucmStandIn, Device, Fault, Injection, PUBLISHER, TFTP};
use adr_kit::process::path_under_test;
use adr_kit::sandbox::{Finished, finish};

use super::sandbox::{CLEAN, DANGEROUS, Sandbox};

/// The files that nodes have at first.
const FORMER: &[u8] = b"<DialRules>former</DialRules>";

/// A folder with a plan and a project, and a cluster `hq` with two TFTP nodes.
struct World {
    sandbox: Sandbox,
    cucm: CucmStandIn,
    nodes: [String; 2],
}

impl World {
    /// TFTP nodes are 127.14.NET.1 and 127.14.NET.2.
    fn start(net: u8) -> Self {
        let mut cucm = CucmStandIn::start();
        let nodes = [1, 2].map(|host| {
            let address = Ipv4Addr::new(127, 14, net, host);
            let on = |port| SocketAddr::from((address, port));
            cucm.add_node_on(&address.to_string(), on(8443), on(6970));
            address.to_string()
        });
        cucm.state().node_mut(PUBLISHER).unwrap().service_mut(TFTP).unwrap().is_active = false;
        let project = format!("[cucm.hq]\npublisher = \"{}\"\nca = \"ca.pem\"\n", cucm.address());
        let ca = cucm.ca_pem();
        let files = [("plan.adr", CLEAN), ("adrc.toml", &*project), ("ca.pem", &*ca)];
        let world = Self { sandbox: Sandbox::with(&files), cucm, nodes };
        world.reset();
        world
    }

    fn reset(&self) {
        let mut state = self.cucm.state();
        for name in &self.nodes {
            let node = state.node_mut(name).unwrap();
            node.restart_polls = 0;
            for path in ["AppDialRules.xml", "DirLookupDialRules.xml"] {
                node.set_file(path, FORMER);
                node.set_file(&format!("CUPC/{path}"), FORMER);
            }
        }
        state.platform.expire_sessions();
        drop(state);
        let _ = std::fs::remove_dir_all(self.sandbox.path("state"));
    }

    fn command(&self, line: &str) -> Command {
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = self.sandbox.command(&words);
        command
            .env("ADRC_CUCM_USER", "axladmin")
            .env("ADRC_CUCM_PASSWORD", "axladmin-secret")
            .env("ADRC_CUCM_PLATFORM_USER", "platform")
            .env("ADRC_CUCM_PLATFORM_PASSWORD", "platform-secret")
            .env("XDG_STATE_HOME", path_under_test(&self.sandbox.path("state")))
            .env_remove("STATE_DIRECTORY");
        command
    }

    fn run(&self, line: &str) -> Finished {
        finish(self.command(line), b"")
    }

    /// Whether both nodes serve these bytes, and have them on disk.
    fn all_have(&self, bytes: &[u8]) -> bool {
        let state = self.cucm.state();
        self.nodes.iter().all(|name| {
            let node = state.node(name).unwrap();
            let has = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
                let paths = ["AppDialRules.xml", "CUPC/AppDialRules.xml"];
                paths.iter().all(|path| files.get(*path).is_some_and(|file| file == bytes))
            };
            has(&node.files) && has(&node.served)
        })
    }

    /// The application rules that the plan gives.
    fn new_files(&self) -> Vec<u8> {
        let ran = self.sandbox.run("compile plan.adr -o published");
        assert_eq!(ran.status, 0, "{ran:?}");
        self.sandbox.read("published/AppDialRules.xml").into_bytes()
    }
}

#[test]
fn deployment_shows_what_differs_and_changes_nothing_without_a_yes() {
    let world = World::start(71);
    let ran = world.run("deploy cucm://hq plan.adr");
    assert_eq!(ran.status, 1, "{ran:?}");
    let head = "hq: CUCM 15.0.1.10000(32), 2 nodes with Cisco Tftp\n  * CUCM 15.0(1) publishes its \
                own dial rules by itself";
    assert!(ran.stdout.starts_with(head), "{}", ran.stdout);
    assert!(ran.stdout.contains("also clients behind Expressway"), "{}", ran.stdout);
    let row =
        "  127.14.71.1  AppDialRules.xml             other content, 29 bytes become 141 bytes\n";
    assert!(ran.stdout.contains(row), "{}", ran.stdout);
    assert_eq!(ran.stderr, "nothing is uploaded; with --yes, adrc does not ask\n");
    assert!(world.all_have(FORMER));
}

#[test]
fn deployment_is_done_once_and_undone_once() {
    let world = World::start(72);
    let new = world.new_files();
    let ran = world.run("deploy cucm://hq plan.adr --yes");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("127.14.72.2: restarting Cisco Tftp\n"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("hq: 2 nodes serve the new files\n"), "{}", ran.stderr);
    assert!(world.all_have(&new));
    let ran = world.run("deploy cucm://hq plan.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.stderr, "hq: the same files on 2 nodes; nothing to do\n");
    let ran = world.run("deploy cucm://hq --rollback --yes");
    assert_eq!(ran.status, 0, "{ran:?}");
    let end = "hq: 2 nodes serve the files from before the deployment\n";
    assert!(ran.stderr.ends_with(end), "{}", ran.stderr);
    assert!(world.all_have(FORMER));
    let ran = world.run("deploy cucm://hq --rollback --yes");
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("error: hq: adrc has no deployment to undo\n  help: only the last")
    );
}

#[test]
fn json_has_the_nodes_and_their_files() {
    let world = World::start(73);
    let ran = world.run("deploy cucm://hq plan.adr --yes --format json --quiet");
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
    for line in [
        "  \"valid\": true,",
        "  \"action\": \"deploy\",",
        "  \"changed\": true,",
        "          \"path\": \"CUPC/DirLookupDialRules.xml\",",
        "          \"present\": \"other\",",
    ] {
        assert!(ran.stdout.lines().any(|it| it == line), "{line}: {}", ran.stdout);
    }
}

#[test]
fn plan_with_errors_is_not_deployed() {
    let world = World::start(74);
    world.sandbox.write("plan.adr", DANGEROUS.as_bytes());
    let ran = world.run("deploy cucm://hq plan.adr --yes");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("error[emergency-rewritten]"), "{}", ran.stderr);
    assert!(world.cucm.log().is_empty() && world.all_have(FORMER));
}

#[test]
fn failure_says_what_every_node_serves_and_how_to_go_on() {
    let world = World::start(75);
    let die = Injection::new(Fault::Die).operation("tftpFileUpload.do").method("POST");
    world.cucm.faults().add(die.node(&world.nodes[1]).times(1));
    let ran = world.run("deploy cucm://hq plan.adr --yes");
    assert_eq!(ran.status, 2, "{ran:?}");
    let end = "127.14.75.1 serves its former files, 127.14.75.2 does not answer\n";
    assert!(ran.stderr.contains(end), "{}", ran.stderr);
    assert!(ran.stderr.contains("then undo the deployment with --rollback"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    world.cucm.state().node_mut(&world.nodes[1]).unwrap().is_alive = true;
    assert_eq!(world.run("deploy cucm://hq --rollback --yes").status, 0);
    assert!(world.all_have(FORMER));
}

#[test]
fn wrong_arguments_of_deploy_are_rejected_with_status_2() {
    let world = World::start(76);
    world.new_files();
    let cases = [
        ("deploy", "cucm://HOST"),
        ("deploy plan.adr", "`plan.adr` is not the address of a cluster"),
        ("deploy cucm://hq plan.adr --rollback", "cannot be used with"),
        ("deploy cucm://hq published", "published: already compiled"),
        ("doctor views plan.adr", "write `cucm://` and its name in adrc.toml or its publisher"),
        ("doctor views cucm://hq published", "published: this is compiled already"),
    ];
    for (line, expected) in cases {
        let ran = world.run(line);
        assert!(ran.status == 2 && ran.stderr.contains(expected), "{line}: {ran:?}");
    }
    let mut command = world.command("deploy cucm://hq plan.adr");
    command.env_remove("HOME").env_remove("XDG_STATE_HOME");
    let ran = finish(command, b"");
    assert!(ran.stderr.contains("no folder for records of deployments"), "{ran:?}");
    assert!(ran.stderr.contains("help: name one with --state DIR"), "{ran:?}");
}

#[test]
fn locked_record_of_deployments_exits_with_status_3() {
    let world = World::start(77);
    let folder = world
        .sandbox
        .path("records/deploy")
        .join(world.cucm.address().to_string().replace(':', "_"));
    std::fs::create_dir_all(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let ran = world.run("deploy cucm://hq plan.adr --state records");
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("another adrc deploys to this cluster"), "{ran:?}");
}

#[test]
fn archive_is_the_same_twice_and_needs_no_cluster() {
    let sandbox = Sandbox::with(&[("plan.adr", CLEAN)]);
    for name in ["one.zip", "two.zip"] {
        let ran = sandbox.run(&format!("deploy --zip {name} plan.adr"));
        assert_eq!(ran.status, 0, "{ran:?}");
        let message = format!("{name}: upload its files as its CLICKS.txt says\n");
        assert!(ran.stderr.ends_with(&message), "{ran:?}");
    }
    let bytes = |name: &str| std::fs::read(sandbox.path(name)).unwrap();
    assert_eq!(bytes("one.zip"), bytes("two.zip"));
    let ran = sandbox.run("deploy --zip one.zip plan.adr --format json");
    assert!(ran.stdout.contains("\"zip\": \"one.zip\",\n"), "{ran:?}");
}

#[test]
fn views_of_registered_softphones_are_shown_with_shared_addresses() {
    let world = World::start(78);
    let site = "site \"Dallas\" {\n  clients 10.20.0.0/16\n  application {\n    \
                rule \"Local, Dallas\" { begins-with 5; digits 7; prefix 8 }\n  }\n}\n";
    world.sandbox.write("plan.adr", format!("{CLEAN}\n{site}").as_bytes());
    let phone = |name: &str, address: &str| Device::softphone(name, PUBLISHER, address);
    world.cucm.state().devices.push(phone("CSFASMITH", "10.20.1.1"));
    let ran = world.run("doctor views cucm://hq plan.adr");
    assert_eq!(ran.status, 0, "{ran:?}");
    let expected = "  device     user  address    view\n  CSFASMITH        10.20.1.1  site \"Dallas\"\n\n\
                    default view: 0 devices\nsite \"Dallas\": 1 device\n";
    assert_eq!(ran.stdout, expected);
    for at in 0..6 {
        world.cucm.state().devices.push(phone(&format!("CSF{at}"), "192.0.2.7"));
    }
    let ran = world.run("doctor views cucm://hq plan.adr");
    assert_eq!(ran.status, 1, "{ran:?}");
    let warning = "warning: 6 devices have the address 192.0.2.7, of Expressway or an address \
                   translation: CSF0, CSF1, CSF2, CSF3, CSF4 and 1 more\n";
    assert!(ran.stdout.contains(warning), "{}", ran.stdout);
    let ran = world.run("doctor views cucm://hq plan.adr --format json");
    assert!(ran.stdout.contains("\"name\": \"shared-address\","), "{}", ran.stdout);
    world.sandbox.write("plan.adr", b"application {");
    assert_eq!(world.run("doctor views cucm://hq plan.adr").status, 1);
}

/// What a killed command was to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Killed {
    Deployment,
    Rollback,
}

const DEPLOY: &str = "deploy cucm://hq plan.adr --yes --quiet";

const ROLL_BACK: &str = "deploy cucm://hq --rollback --yes --quiet";

/// Kills the command at one request after the other, and continues or undoes the deployment.
fn killed_everywhere(net: u8, killed: Killed, fault: &Fault) {
    let world = World::start(net);
    let new = world.new_files();
    for n in 1..100 {
        world.reset();
        let (line, result) = match killed {
            Killed::Deployment => (DEPLOY, &*new),
            Killed::Rollback => {
                assert_eq!(world.run(DEPLOY).status, 0);
                (ROLL_BACK, FORMER)
            }
        };
        world.cucm.faults().at(n, fault.clone());
        let mut child = world.command(line).stdout(Stdio::null()).spawn().unwrap();
        let is_over = loop {
            if world.cucm.faults().is_empty() {
                break false;
            }
            if child.try_wait().unwrap().is_some() {
                break true;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        // SIGKILL
        child.kill().unwrap();
        child.wait().unwrap();
        if is_over {
            assert!(n > 30 && world.all_have(result), "{n}");
            return;
        }
        world.cucm.state().platform.expire_sessions();
        if n % 2 == 0 {
            let ran = world.run(DEPLOY);
            assert!(ran.status == 0 && world.all_have(&new), "request {n}: {ran:?}");
        } else {
            let ran = world.run(ROLL_BACK);
            let is_undone = ran.stderr.contains("adrc has no deployment to undo");
            assert!(ran.status == 0 || is_undone, "request {n}: {ran:?}");
            assert!(world.all_have(FORMER), "request {n}: {ran:?}");
        }
    }
    unreachable!("the command never ends");
}

#[test]
fn deployment_killed_before_any_request_is_processed_is_continued_or_undone() {
    killed_everywhere(79, Killed::Deployment, &Fault::Hang);
}

#[test]
fn deployment_killed_after_any_request_is_processed_is_continued_or_undone() {
    killed_everywhere(80, Killed::Deployment, &Fault::HangAfter);
}

#[test]
fn rollback_killed_after_any_request_is_processed_is_continued_or_replaced() {
    killed_everywhere(81, Killed::Rollback, &Fault::HangAfter);
}
