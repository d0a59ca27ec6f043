//! Deployments that succeed.

use adr_cucm_kit::{PUBLISHER, TFTP};
use adr_cucm_sync::block_on;
use adr_cucm_sync::deploy::{DeployError, Deployment, paths};
use adr_render::deployment::PresentFile;

use crate::plan::{plan, source};
use crate::world::{FORMER, World, deployed};

#[test]
fn deployment_brings_all_nodes_to_the_files_one_after_the_other() {
    let world = World::start(1);
    let overview = world.deploy("9").unwrap();
    assert!(overview.changed && world.all_have(&deployed("9")));
    let [one, two] = &world.nodes;
    let steps: Vec<String> = world.steps();
    let of_node = |node: &str| {
        let uploads = paths();
        let mut uploads: Vec<_> = uploads.iter().map(|path| format!("uploading {path}")).collect();
        uploads.sort();
        let mut all = vec!["logging in to OS Administration".to_owned()];
        all.extend(uploads);
        for step in [
            "restarting Cisco Tftp",
            "waiting until Cisco Tftp is started",
            "reading the files back",
            "serves the new files",
        ] {
            all.push(step.to_owned());
        }
        all.into_iter().map(|step| format!("{node}: {step}")).collect::<Vec<_>>()
    };
    assert_eq!(steps, [of_node(one), of_node(two)].concat());
}

#[test]
fn nodes_that_axl_lists_without_the_service_are_left_alone() {
    let world = World::start(2);
    let overview = world.deploy("9").unwrap();
    let nodes: Vec<&str> = overview.nodes.iter().map(|node| &*node.node).collect();
    assert_eq!(nodes, world.nodes);
    assert!(
        world.cucm.log().iter().all(|entry| { entry.node != PUBLISHER || entry.path == "/axl/" })
    );
}

#[test]
fn nodes_of_the_profile_take_precedence_over_those_of_axl() {
    let world = World::start(3);
    let mut connection = world.connection();
    let node = adr_cucm_client::Node::new(&world.nodes[1]).unwrap();
    connection.profile.tftp_nodes = vec![node.clone(), node];
    let plan = plan(&source("9"));
    let deployment = block_on(Deployment::prepare(&connection, &plan, world.settings()));
    let deployment = deployment.unwrap().unwrap();
    assert_eq!(deployment.overview().nodes.len(), 1);
    assert_eq!(deployment.overview().nodes[0].node, world.nodes[1]);
    assert_eq!(world.count("listProcessNodeService"), 0);
}

#[test]
fn plan_that_changes_a_flagged_number_is_not_deployed() {
    let world = World::start(11);
    let pattern = adr_cucm_kit::Pattern::new("5551212", "PSTN").emergency();
    world.cucm.state().route_patterns.push(pattern);
    let error = world.deploy("9").unwrap_err();
    let message = "CUCM flags route pattern `5551212` in partition `PSTN` as an emergency number, \
                   and the dial plan sends `5551212` out as `95551212`";
    assert_eq!(error.to_string(), message);
    assert_eq!(world.count("tftpFileUpload.do"), 0);
}

#[test]
fn second_run_changes_nothing() {
    let world = World::start(4);
    world.deploy("9").unwrap();
    world.cucm.clear_log();
    let overview = world.deploy("9").unwrap();
    assert!(!overview.changed);
    let files = overview.nodes.iter().flat_map(|node| &node.files);
    assert!(files.clone().count() == 8 && files.clone().all(|it| it.present == PresentFile::Same));
    for operation in ["j_security_check", "tftpFileUpload.do", "soapDoControlServices"] {
        assert_eq!(world.count(operation), 0, "{operation}");
    }
    assert!(overview.summary().ends_with("the same files on 2 nodes; nothing to do"));
}

#[test]
fn only_nodes_with_other_files_are_changed() {
    let world = World::start(5);
    world.deploy("9").unwrap();
    let mut state = world.cucm.state();
    state.node_mut(&world.nodes[1]).unwrap().set_file("CUPC/AppDialRules.xml", b"edited");
    drop(state);
    world.cucm.clear_log();
    assert!(world.deploy("9").unwrap().changed);
    let restarts = world.cucm.log();
    let restarts: Vec<_> =
        restarts.iter().filter(|it| it.operation == "soapDoControlServices").collect();
    assert!(restarts.len() == 1 && restarts[0].node == world.nodes[1], "{restarts:?}");
    assert!(world.all_have(&deployed("9")));
}

#[test]
fn rollback_puts_the_former_files_back_once() {
    let world = World::start(6);
    world.deploy("9").unwrap();
    world.deploy("8").unwrap();
    assert!(world.roll_back().unwrap().changed);
    assert!(world.all_have(&deployed("9")));
    let error = world.roll_back().unwrap_err();
    assert!(matches!(error, DeployError::NothingToUndo { .. }), "{error}");
    assert!(error.to_string().ends_with("adrc has no deployment to undo"), "{error}");
    world.deploy("8").unwrap();
    assert!(world.all_have(&deployed("8")));
}

#[test]
fn file_that_was_absent_gets_a_list_without_rules() {
    let world = World::start(7);
    let mut state = world.cucm.state();
    for name in &world.nodes {
        let node = state.node_mut(name).unwrap();
        node.files.clear();
        node.served.clear();
    }
    drop(state);
    let overview = world.deploy("9").unwrap();
    assert!(overview.text().contains("CUPC/AppDialRules.xml        new, "), "{}", overview.text());
    let overview = world.roll_back().unwrap();
    assert!(overview.notes.iter().any(|note| note.contains("a list without rules")));
    let empty = adr_engine::xml::write(&adr_engine::RuleList::default());
    assert!(world.all_have(&empty));
}

#[test]
fn deployment_works_on_every_release_and_language_of_the_upload_page() {
    for (net, release) in [(8, "8.6.1.20000(1)"), (9, "10.5.2.10000(5)"), (10, "12.5.1.10000(22)")]
    {
        let world = World::start_release(release, net);
        world.cucm.state().platform.language = adr_cucm_kit::Language::German;
        world.cucm.state().platform.other_markup = true;
        let overview = world.deploy("9").unwrap();
        assert!(world.all_have(&deployed("9")), "{release}");
        let by_itself = overview.notes[0].contains("by itself");
        assert_eq!(by_itself, net != 8, "{:?}", overview.notes);
    }
}

#[test]
fn slow_restart_is_waited_for() {
    let world = World::start(11);
    for name in &world.nodes {
        world.cucm.state().node_mut(name).unwrap().restart_polls = 40;
    }
    world.deploy("9").unwrap();
    assert!(world.all_have(&deployed("9")));
}

#[test]
fn rules_of_sites_are_not_deployed_and_a_note_says_so() {
    let world = World::start(12);
    let connection = world.connection();
    let site = "site \"Dallas\" {\n  clients 10.20.0.0/16\n  application {\n    \
                rule \"Local, Dallas\" { begins-with 5; digits 7; prefix 8 }\n  }\n}\n";
    let plan = plan(&format!("{}{site}", source("9")));
    let deployment = block_on(Deployment::prepare(&connection, &plan, world.settings()));
    let deployment = deployment.unwrap().unwrap();
    let overview = deployment.overview();
    assert!(overview.notes.iter().any(|note| note.contains("The plan has a site")));
    assert!(overview.nodes[0].files.iter().all(|file| !file.path.contains("sites/")));
    assert_eq!(world.count("tftpFileUpload.do"), 0);
    assert!(world.all_have(FORMER) && TFTP == "Cisco Tftp");
}
