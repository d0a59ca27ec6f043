//! `--cluster` and `adrc cluster` with servers of NATS.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use adr_kit::nats::{JetStream, NatsCluster, NatsOptions, NatsServer};
use adr_kit::wait::{TIMEOUT, wait_until, wait_within};
use serde_json::{Value, json};

use super::cluster::{done, plans};
use super::sandbox::Sandbox;

/// The document of a command with `--format json`, and its exit status.
fn document(sandbox: &Sandbox, line: &str) -> (i32, Value) {
    let ran = sandbox.run(&format!("{line} --format json"));
    (ran.status, serde_json::from_str(&ran.stdout).unwrap())
}

fn names(document: &Value) -> Vec<&str> {
    let found = document["found"].as_array().unwrap();
    found.iter().map(|found| found["name"].as_str().unwrap()).collect()
}

#[test]
fn prepared_cluster_takes_generations_and_a_second_init_changes_nothing() {
    let Some(server) = NatsServer::start(NatsOptions::default()) else { return };
    let (sandbox, url) = (plans(), server.url());
    let before = sandbox.run(&format!("compile 9.adr --cluster {url}"));
    assert!(before.status == 2 && before.stderr.contains("adrc cluster init"), "{before:?}");
    let (status, found) = document(&sandbox, &format!("cluster doctor --cluster {url}"));
    assert_eq!((status, names(&found)), (1, vec!["cluster-not-prepared"]));
    let created = done(&sandbox, &format!("cluster init --cluster {url}"));
    assert!(created.contains("created KV_adrc"), "{created}");
    let again = done(&sandbox, &format!("cluster init --cluster {url}"));
    assert_eq!(again, format!("{url}: ready, nothing to create\n"));
    let published = done(&sandbox, &format!("compile 9.adr -o node1 --cluster {url}"));
    assert!(published.starts_with(&format!("{url}: published generation 1, ")), "{published}");
    done(&sandbox, &format!("compile 8.adr -o node2 --cluster {url} --message Eight"));
    done(&sandbox, &format!("rollback --publish node1 --cluster {url}"));
    let (_, history) = document(&sandbox, &format!("history --cluster {url}"));
    assert_eq!(history["generations"][0]["rollback_to"], 1);
    assert_eq!(history["generations"][1]["message"], "Eight");
    let (_, status) = document(&sandbox, &format!("cluster status --cluster {url}"));
    assert_eq!((&status["generation"], &status["nodes"]), (&json!(3), &json!([])));
    assert_eq!(status["nats"]["buckets"][0]["replicas"], 1);
    let text = sandbox.run(&format!("cluster status --cluster {url}")).stdout;
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let (status, found) = document(&sandbox, &format!("cluster doctor --cluster {url}"));
    assert_eq!((status, names(&found)), (1, vec!["no-node-reports"]), "{found}");
}

#[test]
fn folder_moves_into_nats_and_back() {
    let Some(server) = NatsServer::start(NatsOptions::default()) else { return };
    let (sandbox, url) = (plans(), server.url());
    for plan in ["9.adr", "8.adr"] {
        done(&sandbox, &format!("compile {plan} -o published"));
    }
    done(&sandbox, &format!("cluster init --cluster {url}"));
    let import = format!("cluster import published --cluster {url}");
    let copied = format!("{url}: copied 2 generations, generation 2 is current\n");
    assert_eq!(done(&sandbox, &import), copied);
    let again = format!("{url}: generation 2 is current already, nothing to do\n");
    assert_eq!(done(&sandbox, &import), again);
    done(&sandbox, &format!("compile 7.adr -o published --cluster {url}"));
    done(&sandbox, &format!("cluster export backup --cluster {url}"));
    for generation in 1..=3 {
        let read = |folder: &str| {
            sandbox.read(&format!("{folder}/generations/{generation}/manifest.json"))
        };
        assert_eq!(read("published"), read("backup"));
    }
}

#[test]
fn silent_or_rejecting_server_is_named_with_its_cause() {
    let sandbox = plans();
    let (status, found) = document(&sandbox, "cluster doctor --cluster nats://127.0.0.1:1");
    assert_eq!((status, names(&found)), (1, vec!["nats-does-not-answer"]));
    let token = Some("sesame".to_owned());
    let Some(server) = NatsServer::start(NatsOptions { token, ..NatsOptions::default() }) else {
        return;
    };
    let url = server.url();
    let (status, found) = document(&sandbox, &format!("cluster doctor --cluster {url}"));
    assert_eq!((status, names(&found)), (1, vec!["nats-login-rejected"]), "{found}");
    sandbox.write("token", b"sesame\n");
    done(&sandbox, &format!("cluster init --cluster {url} --cluster-token-file token"));
    let project = format!("[cluster]\nurl = \"{url}\"\ntoken_file = \"token\"\n");
    sandbox.write("adrc.toml", project.as_bytes());
    done(&sandbox, "compile 9.adr");
    sandbox.write("token", b"wrong\n");
    let ran = sandbox.run("compile 8.adr");
    assert!(ran.status == 2 && !ran.stderr.contains("wrong\n"), "{ran:?}");
    assert!(ran.stderr.contains("credentials"), "{ran:?}");
}

#[test]
fn server_without_jetstream_is_named_with_what_to_do() {
    let options = NatsOptions { jetstream: JetStream::Nowhere, ..NatsOptions::default() };
    let Some(server) = NatsServer::start(options) else { return };
    let (sandbox, url) = (plans(), server.url());
    let (status, found) = document(&sandbox, &format!("cluster doctor --cluster {url}"));
    assert_eq!((status, names(&found)), (1, vec!["cluster-not-prepared"]), "{found}");
    assert!(found.to_string().contains("jetstream {}"), "{found}");
    let ran = sandbox.run(&format!("cluster init --cluster {url}"));
    assert!(ran.status == 2 && ran.stderr.contains("jetstream {}"), "{ran:?}");
}

#[test]
fn three_servers_keep_three_copies_and_the_doctor_sees_one_go() {
    let Some(mut servers) = NatsCluster::start(&NatsOptions::default()) else { return };
    let (sandbox, url) = (plans(), servers.url());
    done(&sandbox, &format!("cluster init --cluster {url} --replicas 1"));
    let (_, found) = document(&sandbox, &format!("cluster doctor --cluster {url}"));
    assert!(names(&found).contains(&"too-few-copies"), "{found}");
    let changed = done(&sandbox, &format!("cluster init --cluster {url} --replicas 3"));
    assert!(changed.contains("changed KV_adrc"), "{changed}");
    done(&sandbox, &format!("compile 9.adr --cluster {url}"));
    servers.servers[2].kill();
    wait_until("the doctor sees that a server is down", || {
        let (_, found) = document(&sandbox, &format!("cluster doctor --cluster {url}"));
        names(&found).contains(&"nats-server-missing")
    });
    let last = RefCell::new(None);
    let publishes = || {
        let ran = sandbox.run(&format!("compile 8.adr --cluster {url}"));
        let has_published = ran.status == 0;
        last.replace(Some(ran));
        has_published
    };
    wait_within(TIMEOUT, publishes, || format!("the others elect a leader: {last:?}"));
}

/// Servers of NATS need up to 9 seconds for an election, and may need several: longer than the 10
/// seconds after which a node tries again.
#[test]
fn command_waits_for_a_leader_longer_than_a_node() {
    let Some(mut servers) = NatsCluster::start(&NatsOptions::default()) else { return };
    let (sandbox, url) = (plans(), servers.url());
    wait_until("the streams are there", || {
        sandbox.run(&format!("cluster init --cluster {url}")).status == 0
    });
    servers.servers[0].kill();
    servers.servers[1].kill();
    let began = Instant::now();
    let ran = sandbox.run(&format!("compile 9.adr --cluster {url}"));
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(began.elapsed() > Duration::from_secs(20), "{:?}: {ran:?}", began.elapsed());
}
