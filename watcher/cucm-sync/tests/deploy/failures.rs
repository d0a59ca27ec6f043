//! Deployments that fail: what every node serves then, and how it goes on.

use adr_cucm_kit::{Fault, Injection, Status, TFTP, UploadOutcome};
use adr_cucm_sync::block_on;
use adr_cucm_sync::deploy::{Aftermath, DeployError, Deployment, Serves, StepError};

use crate::plan::{plan, source};
use crate::world::{FORMER, World, deployed};

/// The aftermath of a step that failed.
fn aftermath(error: &DeployError) -> &Aftermath {
    match error {
        DeployError::Step { aftermath, .. } => aftermath,
        other => panic!("{other}"),
    }
}

#[test]
fn wrong_platform_password_is_sent_once_and_changes_nothing() {
    let world = World::start(21);
    let error = world.deploy_as("9", "wrong-password").unwrap_err();
    assert!(matches!(aftermath(&error), Aftermath::NothingChanged), "{error}");
    assert!(error.to_string().contains("check platform user and password"), "{error}");
    assert!(error.to_string().ends_with("no node was changed"), "{error}");
    assert!(!format!("{error:?}").contains("wrong-password"), "{error:?}");
    assert_eq!(world.count("j_security_check"), 1);
    assert!(world.all_have(FORMER) && !world.journal().exists());
    world.deploy("9").unwrap();
    assert!(world.journal().exists());
}

#[test]
fn wrong_password_is_sent_once_when_an_interrupted_deployment_is_continued() {
    let world = World::start(22);
    let die = Injection::new(Fault::Die).operation("soapDoControlServices");
    world.cucm.faults().add(die.node(&world.nodes[0]));
    world.deploy("9").unwrap_err();
    world.heal();
    world.cucm.clear_log();
    let error = world.deploy_as("9", "wrong-password").unwrap_err();
    assert!(matches!(aftermath(&error), Aftermath::Unfinished { .. }), "{error}");
    assert_eq!(world.count("j_security_check"), 1);
    world.deploy("9").unwrap();
    assert!(world.all_have(&deployed("9")));
}

#[test]
fn user_without_the_role_is_rejected_before_anything_is_changed() {
    let world = World::start(23);
    world.cucm.state().users[0].serviceability = false;
    let error = world.deploy("9").unwrap_err();
    assert!(matches!(&error, DeployError::Survey { node, .. } if *node == world.nodes[0]));
    assert!(error.to_string().contains("HTTP 403"), "{error}");
    assert_eq!(world.count("soapGetServiceStatus"), 1);
    assert_eq!(world.count("j_security_check"), 0);
}

#[test]
fn service_that_does_not_run_is_named_before_anything_is_changed() {
    let world = World::start(24);
    let stop = |status| {
        let mut state = world.cucm.state();
        state.node_mut(&world.nodes[1]).unwrap().service_mut(TFTP).unwrap().status = status;
    };
    stop(Status::Stopped);
    let error = world.deploy("9").unwrap_err();
    let expected = format!(
        "{}: the service Cisco Tftp is stopped (Component is not running); no node was changed",
        world.nodes[1]
    );
    assert_eq!(error.to_string(), expected);
    stop(Status::Started);
    // a node on which nobody knows the service reports it as stopped for ever
    let mut state = world.cucm.state();
    state.node_mut(&world.nodes[1]).unwrap().service_mut(TFTP).unwrap().name = "tftp".to_owned();
    drop(state);
    let mut connection = world.connection();
    let node = |name: &String| adr_cucm_client::Node::new(name).unwrap();
    connection.profile.tftp_nodes = world.nodes.iter().map(node).collect();
    let plan = plan(&source("9"));
    let deployment = block_on(Deployment::prepare(&connection, &plan, world.settings())).unwrap();
    let error = deployment.err().unwrap();
    assert!(error.to_string().contains("the service Cisco Tftp is stopped;"), "{error}");
    assert_eq!(world.count("j_security_check"), 0);
}

#[test]
fn service_that_never_starts_again_leaves_a_record() {
    let world = World::start(25);
    let mut state = world.cucm.state();
    state.node_mut(&world.nodes[1]).unwrap().service_mut(TFTP).unwrap().never_starts = true;
    drop(state);
    let error = world.deploy("9").unwrap_err();
    let text = error.to_string();
    assert!(text.contains("did not start again within 300 s after the restart"), "{text}");
    let Aftermath::Unfinished { failed: Some((node, _)), nodes } = aftermath(&error) else {
        panic!("{text}");
    };
    assert_eq!(*node, world.nodes[1]);
    let serves: Vec<Serves> = nodes.iter().map(|(_, serves)| *serves).collect();
    assert_eq!(serves, [Serves::Former, Serves::Unknown], "{text}");
    assert!(error.help().contains("undo the deployment with --rollback"), "{}", error.help());
    let mut state = world.cucm.state();
    state.node_mut(&world.nodes[1]).unwrap().service_mut(TFTP).unwrap().never_starts = false;
    drop(state);
    world.roll_back().unwrap();
    assert!(world.all_have(FORMER));
}

#[test]
fn node_that_loses_an_upload_makes_all_nodes_get_their_former_files() {
    for (net, outcome) in [(26, UploadOutcome::Lost), (27, UploadOutcome::Halved)] {
        let world = World::start(net);
        world.cucm.state().node_mut(&world.nodes[1]).unwrap().uploads = outcome;
        let error = world.deploy("9").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("the node serves other bytes of AppDialRules.xml than"), "{text}");
        assert!(world.has(0, FORMER), "{text}");
        match aftermath(&error) {
            Aftermath::Restored { nodes } => {
                assert!(outcome == UploadOutcome::Lost && *nodes == world.nodes, "{text}");
            }
            Aftermath::Unfinished { nodes, .. } => {
                // half of every upload is lost, also of the former files
                assert_eq!(outcome, UploadOutcome::Halved);
                assert_eq!(nodes[1].1, Serves::Other, "{text}");
            }
            Aftermath::NothingChanged => panic!("{text}"),
        }
        world.cucm.state().node_mut(&world.nodes[1]).unwrap().uploads = UploadOutcome::Stored;
        world.deploy("9").unwrap();
        assert!(world.all_have(&deployed("9")));
    }
}

#[test]
fn node_that_serves_old_bytes_for_ever_makes_all_nodes_get_their_former_files() {
    let world = World::start(28);
    let old = Injection::new(Fault::Bytes(FORMER.to_vec())).operation("AppDialRules.xml");
    world.cucm.faults().add(old.node(&world.nodes[0]));
    let error = world.deploy("9").unwrap_err();
    let DeployError::Step { source, .. } = &error else { panic!("{error}") };
    assert!(matches!(&**source, StepError::OtherBytes { path } if path == "AppDialRules.xml"));
    assert!(error.to_string().contains("the former files are back on 127.14.28.1"), "{error}");
    assert!(world.all_have(FORMER));
    assert!(world.steps().iter().all(|step| !step.starts_with(&world.nodes[1])));
}

#[test]
fn wrong_answer_while_the_former_files_are_read_is_not_taken_for_one() {
    let world = World::start(34);
    let page = b"<html><title>Proxy</title></html>".to_vec();
    for fault in [Fault::Bytes(page), Fault::Bytes(Vec::new()), Fault::Status(404)] {
        world.reset();
        let wrong = Injection::new(fault).operation("AppDialRules.xml").times(1);
        world.cucm.faults().add(wrong.node(&world.nodes[0]));
        world.deploy("9").unwrap();
        assert!(world.all_have(&deployed("9")));
        world.roll_back().unwrap();
        assert!(world.all_have(FORMER));
    }
}

#[test]
fn node_whose_files_cannot_be_read_for_certain_is_named_before_anything_is_changed() {
    let world = World::start(35);
    let page = Injection::new(Fault::Bytes(b"<html><title>Proxy</title></html>".to_vec()));
    world.cucm.faults().add(page.operation("AppDialRules.xml").node(&world.nodes[0]));
    let error = world.deploy("9").unwrap_err();
    let text = error.to_string();
    assert!(text.contains("a web page came in place of an answer"), "{text}");
    assert!(text.ends_with("no node was changed"), "{text}");
    world.heal();
    for at in 0..4 {
        let other = Injection::new(Fault::Bytes(vec![at])).operation("AppDialRules.xml");
        world.cucm.faults().add(other.node(&world.nodes[0]).skip(2).times(2));
    }
    let error = world.deploy("9").unwrap_err();
    assert!(error.to_string().contains("two readings of"), "{error}");
    assert_eq!(world.count("j_security_check"), 0);
    assert!(world.all_have(FORMER) && !world.journal().exists());
}

#[test]
fn node_that_dies_between_upload_and_restart_is_named_and_repaired_later() {
    let world = World::start(29);
    let die = Injection::new(Fault::Die).operation("soapDoControlServices");
    world.cucm.faults().add(die.node(&world.nodes[1]).times(1));
    let error = world.deploy("9").unwrap_err();
    let Aftermath::Unfinished { nodes, .. } = aftermath(&error) else { panic!("{error}") };
    let expected =
        [(world.nodes[0].clone(), Serves::Former), (world.nodes[1].clone(), Serves::Unknown)];
    assert_eq!(*nodes, expected, "{error}");
    assert!(world.has(0, FORMER));
    world.heal();
    // the dead node had taken the new files, and serves them after any restart
    assert!(!world.has(1, FORMER));
    world.roll_back().unwrap();
    assert!(world.all_have(FORMER));
    assert!(matches!(world.roll_back(), Err(DeployError::NothingToUndo { .. })));
}

#[test]
fn interrupted_deployment_is_continued_with_another_plan_and_undone_to_the_first_files() {
    let world = World::start(30);
    let die = Injection::new(Fault::Die).operation("soapDoControlServices");
    world.cucm.faults().add(die.node(&world.nodes[1]).times(1));
    world.deploy("9").unwrap_err();
    world.heal();
    let overview = world.deploy("8").unwrap();
    assert!(overview.notes.iter().any(|note| note.contains("was interrupted")));
    assert!(world.all_have(&deployed("8")));
    world.roll_back().unwrap();
    assert!(world.all_have(FORMER));
}

#[test]
fn locked_platform_user_stops_putting_back_and_the_record_stays() {
    let world = World::start(31);
    // the second node answers its login with the form again, and then nobody can log in
    let page = b"<form><input name=j_username><input name=j_password></form>".to_vec();
    let login = Injection::new(Fault::Bytes(page)).operation("j_security_check").skip(1);
    world.cucm.faults().add(login);
    let error = world.deploy("9").unwrap_err();
    let Aftermath::Unfinished { nodes, .. } = aftermath(&error) else { panic!("{error}") };
    assert_eq!(nodes[0].1, Serves::New, "{error}");
    assert_eq!(nodes[1].1, Serves::Former, "{error}");
    // one login for each node, and one to put the first node back
    assert_eq!(world.count("j_security_check"), 3);
    world.heal();
    world.roll_back().unwrap();
    assert!(world.all_have(FORMER));
}

#[test]
fn second_deployment_at_the_same_time_is_a_conflict() {
    let world = World::start(32);
    let connection = world.connection();
    let plan = plan(&source("9"));
    let first = block_on(Deployment::prepare(&connection, &plan, world.settings())).unwrap();
    let first = first.unwrap();
    let error = world.deploy("9").unwrap_err();
    assert!(error.is_conflict() && error.to_string().contains("another adrc deploys"), "{error}");
    drop(first);
    world.deploy("9").unwrap();
}

#[test]
fn busy_services_are_waited_for() {
    let world = World::start(33);
    for operation in ["soapGetServiceStatus", "soapDoControlServices"] {
        let busy = Injection::new(Fault::RateExceeded).operation(operation).times(2);
        world.cucm.faults().add(busy);
    }
    world.deploy("9").unwrap();
    assert!(world.steps().iter().any(|step| step.contains("CUCM is busy")), "{:?}", world.steps());
}
