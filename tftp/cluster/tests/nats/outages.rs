//! Servers that are away, hang, are slow, or lose their leader.

use std::thread;
use std::time::{Duration, Instant};

use adr_cluster::{BucketStatus, Nats, Settings};
use adr_kit::nats::{JetStream, NatsCluster, NatsOptions, NatsServer, Release};
use adr_kit::relay::Relay;
use adr_kit::wait::{TIMEOUT, wait_until};
use adr_watcher::publication::{Publication, PublicationError};
use serde_json::Value;

use crate::generation::{nats, patient, prepared, publish, report, settings, simple};

/// Longer than any call may block, with a machine that is busy.
const BLOCKED: Duration = TIMEOUT;

fn is_unreachable<T: std::fmt::Debug>(result: Result<T, PublicationError>) {
    match result {
        Err(error @ PublicationError::Unreachable { .. }) => assert!(error.is_temporary()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn server_that_is_away_is_an_error_of_each_call_and_used_when_it_is_back() {
    let Some((mut server, nats)) = prepared(Release::Current) else { return };
    nats.publish(None, &simple(1)).unwrap();
    server.kill();
    let began = Instant::now();
    is_unreachable(nats.current());
    is_unreachable(nats.publish(Some(&simple(1).base()), &simple(2)));
    is_unreachable(nats.report(&report("tftp1")));
    is_unreachable(nats.watch(None, Duration::from_secs(60)));
    is_unreachable(nats.status());
    assert!(began.elapsed() < BLOCKED);
    server.restart();
    wait_until("the server answers again", || nats.current() == Ok(Some(simple(1).base())));
    // its streams are there one after the other
    publish(&nats, Some(&simple(1).base()), &simple(2));
}

#[test]
fn watch_survives_a_restart_of_the_server() {
    let Some((mut server, follower)) = prepared(Release::Current) else { return };
    let publisher = nats(&server.url());
    let seen = thread::scope(|scope| {
        let watching = scope.spawn(|| {
            // as a node does, which continues after an outage
            loop {
                match follower.watch(None, 2 * TIMEOUT) {
                    Err(error) if error.is_temporary() => thread::sleep(Duration::from_millis(50)),
                    other => return other,
                }
            }
        });
        server.kill();
        server.restart();
        wait_until("it publishes", || publisher.publish(None, &simple(1)).is_ok());
        watching.join().unwrap()
    });
    assert_eq!(seen, Ok(Some(simple(1).base())));
}

#[cfg(unix)]
#[test]
fn paused_server_blocks_a_call_for_a_limited_time() {
    let Some((server, nats)) = prepared(Release::Current) else { return };
    nats.publish(None, &simple(1)).unwrap();
    server.pause();
    let began = Instant::now();
    is_unreachable(nats.current());
    assert!(began.elapsed() < BLOCKED);
    server.resume();
    wait_until("the server answers again", || nats.current().is_ok());
}

#[test]
fn lost_answer_is_unconfirmed_and_current_tells() {
    let Some((server, _)) = prepared(Release::Current) else { return };
    let relay = Relay::to(server.port());
    let slow = nats(&format!("nats://127.0.0.1:{}", relay.port()));
    let fast = nats(&server.url());
    slow.publish(None, &simple(1)).unwrap();
    relay.hold_after("HPUB $KV.adrc.current");
    let began = Instant::now();
    let error = slow.publish(Some(&simple(1).base()), &simple(2)).unwrap_err();
    let is_unconfirmed = matches!(error, PublicationError::Unconfirmed { generation: 2, .. });
    assert!(is_unconfirmed && error.is_temporary(), "{error:?}");
    assert!(began.elapsed() < BLOCKED);
    assert_eq!(fast.current(), Ok(Some(simple(2).base())));
    relay.restore();
    wait_until("it is confirmed", || slow.publish(Some(&simple(1).base()), &simple(2)).is_ok());
    assert_eq!(fast.generations(), Ok(vec![1, 2]));
}

#[test]
fn slow_server_is_used() {
    let Some((server, fast)) = prepared(Release::Current) else { return };
    let relay = Relay::to(server.port());
    relay.delay(Duration::from_millis(50));
    let slow = nats(&format!("nats://127.0.0.1:{}", relay.port()));
    slow.publish(None, &simple(1)).unwrap();
    assert_eq!(slow.fetch(1), Ok(simple(1)));
    relay.cut();
    is_unreachable(slow.current());
    relay.restore();
    wait_until("the server is used again", || slow.current() == Ok(Some(simple(1).base())));
    assert_eq!(fast.current(), Ok(Some(simple(1).base())));
}

#[test]
fn server_of_its_own_that_does_not_answer_has_not_lost_a_quorum() {
    let Some((server, _)) = prepared(Release::Current) else { return };
    let relay = Relay::to(server.port());
    let slow = nats(&format!("nats://127.0.0.1:{}", relay.port()));
    slow.status().unwrap();
    relay.hold_after("$JS.API.STREAM.INFO.KV_adrc");
    is_unreachable(slow.status());
    relay.restore();
    wait_until("the status is there", || slow.status().is_ok());
}

#[test]
fn leader_that_is_killed_in_the_middle_loses_nothing() {
    for release in Release::ALL {
        let options = NatsOptions { release, ..NatsOptions::default() };
        let Some(mut cluster) = NatsCluster::start(&options) else { return };
        let (first, second) = (nats(&cluster.url()), nats(&cluster.url()));
        patient(&cluster.url()).prepare(3).unwrap();
        let mut accepted = Vec::new();
        let mut base = None;
        for number in 1..=24_u64 {
            if number == 8 {
                let mut leader = None;
                wait_until("a server leads", || {
                    leader = cluster.leader("KV_adrc");
                    leader.is_some()
                });
                cluster.servers[leader.unwrap()].kill();
            }
            if number == 16 {
                cluster.servers.iter_mut().for_each(NatsServer::restart);
            }
            let next = simple(number);
            publish(&first, base.as_ref(), &next);
            base = Some(next.base());
            accepted.push(next.base());
        }
        wait_until("the other node reads it", || second.current() == Ok(base.clone()));
        let mut kept = Vec::new();
        wait_until("the status is there", || {
            kept = second.status().map(|status| status.generations).unwrap_or_default();
            !kept.is_empty()
        });
        assert_eq!(kept, accepted[accepted.len() - kept.len()..]);
        wait_until("everything can be read", || second.verify() == Ok(Vec::new()));
        wait_until("the status has all copies", || {
            let buckets = second.status().map(|status| status.buckets).unwrap_or_default();
            let is_whole = |it: &BucketStatus| {
                it.replicas == Some(3) && it.leader.is_some() && it.peers.len() == 2
            };
            buckets.len() == 3 && buckets.iter().all(is_whole)
        });
    }
}

#[test]
fn without_a_quorum_nothing_is_published() {
    let Some(mut cluster) = NatsCluster::start(&NatsOptions::default()) else { return };
    let (nats, patient) = (nats(&cluster.url()), patient(&cluster.url()));
    patient.prepare(3).unwrap();
    patient.publish(None, &simple(1)).unwrap();
    cluster.servers[0].kill();
    cluster.servers[1].kill();
    let began = Instant::now();
    let error = nats.publish(Some(&simple(1).base()), &simple(2)).unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    assert!(began.elapsed() < BLOCKED);
    wait_until("the status says what is missing", || {
        let buckets = nats.status().map(|status| status.buckets).unwrap_or_default();
        let has_no_leader = |it: &BucketStatus| it.exists && it.is_clustered && it.leader.is_none();
        buckets.len() == 3 && buckets.iter().all(has_no_leader)
    });
    cluster.servers.iter_mut().for_each(NatsServer::restart);
    wait_until("the quorum is back", || {
        let base = nats.current().ok().flatten();
        // what was sent without a quorum may be stored once there is one
        base == Some(simple(2).base()) || nats.publish(Some(&simple(1).base()), &simple(2)).is_ok()
    });
    wait_until("its files have a leader as well", || nats.fetch(2) == Ok(simple(2)));
}

#[test]
fn call_of_a_command_waits_for_a_leader_and_that_of_a_node_does_not() {
    let Some(mut cluster) = NatsCluster::start(&NatsOptions::default()) else { return };
    let with_limit =
        |call_limit| Nats::connect(Settings { call_limit, ..settings(&cluster.url()) }).unwrap();
    let (short, long) = (with_limit(Duration::from_secs(1)), with_limit(TIMEOUT));
    long.prepare(3).unwrap();
    long.publish(None, &simple(1)).unwrap();
    cluster.servers[0].kill();
    cluster.servers[1].kill();
    let (base, next) = (simple(1).base(), simple(2));
    let error = short.publish(Some(&base), &next).unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
    thread::scope(|scope| {
        let published = scope.spawn(|| long.publish(Some(&base), &next));
        wait_until("a server says that there is no leader", || {
            let is_led = |bucket: &BucketStatus| bucket.leader.is_some();
            let said = short.status().is_ok_and(|status| !status.buckets.iter().any(is_led));
            said || published.is_finished()
        });
        assert!(!published.is_finished(), "{published:?}");
        cluster.servers.iter_mut().for_each(NatsServer::restart);
        assert_eq!(published.join().unwrap(), Ok(()));
    });
    wait_until("its files have a leader as well", || long.fetch(2).as_ref() == Ok(&next));
}

/// The key has a leader, and the files have none: nobody waits as long as files may take.
#[test]
fn fetch_waits_for_a_leader_of_the_files_no_longer_than_any_call() {
    let Some(mut cluster) = NatsCluster::start(&NatsOptions::default()) else { return };
    let call_limit = Duration::from_secs(2);
    let nats = Nats::connect(Settings { call_limit, ..settings(&cluster.url()) }).unwrap();
    wait_until("the streams are there", || nats.prepare(3).is_ok());
    wait_until("it publishes", || nats.publish(None, &simple(1)).is_ok());
    let mut config = Value::Null;
    wait_until("NATS describes the files", || {
        config =
            cluster.servers[0].api("STREAM.INFO.OBJ_adrc-files", &Value::Null)["config"].take();
        config.is_object()
    });
    config["num_replicas"] = 1.into();
    wait_until("one server has the files", || {
        let changed = cluster.servers[0].api("STREAM.UPDATE.OBJ_adrc-files", &config);
        changed["error"].is_null() && nats.fetch(1).is_ok()
    });
    let mut leader = None;
    wait_until("it leads them", || {
        leader = cluster.leader("OBJ_adrc-files");
        leader.is_some()
    });
    cluster.servers[leader.unwrap()].kill();
    wait_until("the key is read", || nats.current() == Ok(Some(simple(1).base())));
    let began = Instant::now();
    is_unreachable(nats.fetch(1));
    is_unreachable(nats.document(1));
    assert!(began.elapsed() < TIMEOUT, "{:?}", began.elapsed());
}

#[test]
fn copies_that_are_not_complete_are_named_whenever_it_is_prepared() {
    let Some(mut cluster) = NatsCluster::start(&NatsOptions::default()) else { return };
    let nats = nats(&cluster.url());
    let created = patient(&cluster.url()).prepare(3).unwrap();
    assert!(created.incomplete.is_empty(), "{created:?}");
    let has_incomplete = |count: usize| match nats.prepare(3) {
        Ok(again) => again.unchanged.len() == 3 && again.incomplete.len() == count,
        Err(error) if error.is_temporary() => false,
        Err(error) => panic!("{error}"),
    };
    wait_until("all copies are complete", || has_incomplete(0));
    cluster.servers[2].kill();
    wait_until("a copy is missing", || has_incomplete(3));
}

#[test]
fn server_without_jetstream_is_named() {
    for release in Release::ALL {
        let jetstream = JetStream::Nowhere;
        let options = NatsOptions { release, jetstream, ..NatsOptions::default() };
        let Some(server) = NatsServer::start(options) else { return };
        let nats = nats(&server.url());
        let is_named = |error: PublicationError| {
            let is_off = matches!(error, PublicationError::NoJetStream { .. });
            assert!(is_off && error.help().contains("jetstream {}"), "{error:?}");
        };
        is_named(nats.prepare(1).unwrap_err());
        is_named(nats.current().unwrap_err());
        is_named(nats.publish(None, &simple(1)).unwrap_err());
        is_named(nats.report(&report("tftp1")).unwrap_err());
        is_named(nats.status().unwrap_err());
    }
}

#[test]
fn server_that_never_was_there_is_an_error_of_the_call() {
    let nats = nats("nats://127.0.0.1:1");
    is_unreachable(nats.current());
    assert_eq!(nats.name(), "nats://127.0.0.1:1");
    let nowhere = crate::generation::nats("nats://no-such-host.invalid");
    is_unreachable(nowhere.current());
}
