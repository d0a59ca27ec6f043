//! Looks at a cluster for tests as the doctor does: rejected logins, silent nodes and limits.
#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the suite measures time, and a failure here fails the test"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use adr_cucm_client::{Cluster, Credentials, Fingerprint, Node, Profile, Secret, Trust};
use adr_cucm_kit::{CucmStandIn, Fault, Injection, PUBLISHER, TFTP, User};
use adr_cucm_sync::block_on;
use adr_cucm_sync::connect::Attempt;
use adr_cucm_sync::examine::{LookLimits, examine};
use adr_doctor::cucm::{Answer, Observations, Service, diagnose};

/// The longest time of a look whose limits are a few seconds, on a loaded machine.
const SOON: Duration = Duration::from_secs(35);

/// A cluster with TFTP nodes at 127.16.NET.1 and so on.
struct World {
    cucm: CucmStandIn,
    nodes: Vec<String>,
}

impl World {
    fn start(net: u8, nodes: u8) -> Self {
        let mut cucm = CucmStandIn::start();
        let node = |host| {
            let address = Ipv4Addr::new(127, 16, net, host);
            let on = |port| SocketAddr::from((address, port));
            cucm.add_node_on(&address.to_string(), on(8443), on(6970));
            address.to_string()
        };
        let nodes: Vec<String> = (1..=nodes).map(node).collect();
        cucm.state().node_mut(PUBLISHER).unwrap().service_mut(TFTP).unwrap().is_active = false;
        Self { cucm, nodes }
    }

    fn look(&self, limits: LookLimits) -> Observations {
        let user = User::usual().swap_remove(0);
        let credentials = Credentials { user: user.name, password: Secret::new(user.password) };
        let fingerprints = self.cucm.nodes().iter().map(|node| node.fingerprint.parse().unwrap());
        let trust = Trust::Fingerprints(fingerprints.collect::<Vec<Fingerprint>>());
        let publisher = Node::new(&self.cucm.address().to_string()).unwrap();
        let cluster = Cluster::new(publisher.clone(), trust, credentials);
        let session = cluster.session().unwrap();
        let profile = Profile {
            tftp_nodes: self.nodes.iter().map(|name| Node::new(name).unwrap()).collect(),
            ..Profile::of_publisher(publisher)
        };
        let look = async {
            let versions = session.versions().await;
            let name = "hq".to_owned();
            let attempt = Attempt { name, profile, cluster, session, versions, accepted: None };
            examine(&attempt, limits, &|_| {}).await
        };
        block_on(look).unwrap()
    }
}

/// The answers of a service.
fn answers(seen: &Observations, service: Service) -> Vec<&Answer> {
    let of_service = seen.access.iter().filter(|one| one.service == service);
    of_service.map(|one| &one.answer).collect()
}

#[test]
fn rejected_login_at_one_service_ends_only_that_service() {
    let world = World::start(1, 5);
    let rejected = Injection::new(Fault::Unauthorized).operation("soapGetServiceStatus");
    world.cucm.faults().add(rejected);
    let seen = world.look(LookLimits::default());
    assert!(answers(&seen, Service::Axl).iter().all(|answer| **answer == Answer::Granted));
    assert!(seen.patterns.is_some() && seen.mlpp.is_some() && seen.database.is_some());
    // CUCM locks users, so only the nodes that are asked at the same time reject the login
    let control = answers(&seen, Service::ControlCenter);
    let rejected = control.iter().filter(|answer| ***answer == Answer::Unauthorized).count();
    let left_out = control.iter().filter(|answer| matches!(answer, Answer::NotAsked(_))).count();
    assert!((1..=2).contains(&rejected), "{control:?}");
    assert_eq!(rejected + left_out, 5, "{control:?}");
    let nodes = seen.nodes.as_ref().unwrap();
    assert!(nodes.iter().all(|node| matches!(node.files, Some(Ok(_)))), "{nodes:?}");
    assert!(!diagnose(&seen).names().contains(&"serviceability-role-missing"));
}

#[test]
fn rejected_login_on_one_node_leaves_the_rest_to_be_asked() {
    let world = World::start(2, 2);
    let rejected = Injection::new(Fault::Unauthorized).operation("soapGetServiceStatus");
    world.cucm.faults().add(rejected.node(&world.nodes[1]));
    let seen = world.look(LookLimits::default());
    assert_eq!(answers(&seen, Service::ControlCenter), [&Answer::Granted, &Answer::Unauthorized]);
    assert!(seen.patterns.is_some() && seen.mlpp.is_some());
}

#[test]
fn silent_nodes_take_their_time_together() {
    let world = World::start(3, 8);
    world.cucm.faults().add(Injection::new(Fault::Hang).operation("soapGetServiceStatus"));
    let question = Duration::from_secs(5);
    let limits = LookLimits { question, ..LookLimits::default() };
    let begin = Instant::now();
    let seen = world.look(limits);
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    let silent = Answer::Failed("it did not answer within 5 s".to_owned());
    assert_eq!(answers(&seen, Service::ControlCenter), vec![&silent; 8]);
    let nodes = seen.nodes.as_ref().unwrap();
    assert!(nodes.iter().map(|node| &node.name).eq(&world.nodes), "{nodes:?}");
}

#[test]
fn what_is_not_asked_in_time_is_listed() {
    let world = World::start(4, 2);
    world.cucm.faults().add(Injection::new(Fault::Hang).operation("listRoutePattern"));
    let whole = Duration::from_secs(10);
    let begin = Instant::now();
    let seen = world.look(LookLimits { whole, ..LookLimits::default() });
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    assert!(seen.patterns.is_none() && seen.mlpp.is_none());
    let over = Answer::NotAsked("the 10 s of the whole look were over".to_owned());
    let late: Vec<_> = seen.access.iter().filter(|one| one.answer == over).collect();
    let late: Vec<_> = late.iter().map(|one| one.what.replace(&*world.nodes[0], "NODE")).collect();
    for what in ["route patterns", "MLPP domains", "state and files of Cisco Tftp on `NODE`"] {
        assert!(late.iter().any(|one| one == what), "{what}: {late:?}");
    }
    let diagnosis = diagnose(&seen);
    assert!(!diagnosis.names().contains(&"tftp-node-silent"), "{:?}", diagnosis.names());
    let unseen = diagnosis.unseen.iter().find(|one| one.what == "route patterns").unwrap();
    assert_eq!(unseen.why, "AXL was not asked: the 10 s of the whole look were over");
}

#[test]
fn nodes_end_at_the_limit() {
    let world = World::start(5, 3);
    let seen = world.look(LookLimits { nodes: 2, nodes_at_once: 1, ..LookLimits::default() });
    let nodes = seen.nodes.as_ref().unwrap();
    let looked: Vec<_> = nodes.iter().map(|node| node.files.is_some()).collect();
    assert_eq!(looked, [true, true, false]);
    let limit = Answer::NotAsked("the doctor looks at 2 nodes at most".to_owned());
    assert_eq!(answers(&seen, Service::Files), [&limit]);
}
