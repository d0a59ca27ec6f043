//! A fault at every request of a deployment to two nodes, and what follows.

use adr_cucm_kit::Fault;
use adr_cucm_sync::deploy::{Aftermath, DeployError};

use crate::world::{FORMER, World, deployed};

/// More requests than a deployment has.
const MOST_REQUESTS: usize = 100;

/// Breaks the `n`-th request of a deployment. Returns whether there was such a request.
fn broken_at(world: &World, n: usize, fault: &Fault) -> bool {
    let what = format!("{fault:?} at request {n}");
    world.reset();
    // connecting is not a part of the deployment
    let skipped = world.connection_requests();
    world.cucm.faults().at(n + skipped, fault.clone());
    let result = world.deploy("9");
    if !world.cucm.faults().is_empty() {
        assert!(result.is_ok_and(|overview| overview.changed), "{what}");
        return false;
    }
    world.heal();
    match result {
        Ok(_) => assert!(world.all_have(&deployed("9")), "{what}"),
        Err(DeployError::Step { aftermath: Aftermath::Unfinished { .. }, .. }) => {
            world.roll_back().unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(world.all_have(FORMER), "{what}");
        }
        Err(error) => {
            assert!(world.all_have(FORMER), "{what}: {error}");
            assert!(!error.to_string().contains('\n'), "{what}: {error}");
        }
    }
    let rerun = world.deploy("9");
    assert!(rerun.is_ok() && world.all_have(&deployed("9")), "{what}: {rerun:?}");
    true
}

fn broken_everywhere(net: u8, fault: &Fault) {
    let world = World::start(net);
    let requests = (1..MOST_REQUESTS).take_while(|n| broken_at(&world, *n, fault)).count();
    assert!((30..MOST_REQUESTS - 1).contains(&requests), "{requests}");
}

#[test]
fn unavailable_service_at_any_request_leaves_no_mixture() {
    broken_everywhere(41, &Fault::Status(503));
}

#[test]
fn rejected_user_at_any_request_leaves_no_mixture() {
    broken_everywhere(42, &Fault::Unauthorized);
}

#[test]
fn lost_request_at_any_place_leaves_no_mixture() {
    broken_everywhere(43, &Fault::Close);
}

#[test]
fn lost_answer_at_any_place_leaves_no_mixture() {
    broken_everywhere(44, &Fault::CloseAfter);
}

#[test]
fn half_an_answer_at_any_place_leaves_no_mixture() {
    broken_everywhere(45, &Fault::CutAt(20));
}

#[test]
fn foreign_page_at_any_request_leaves_no_mixture() {
    broken_everywhere(46, &Fault::Bytes(b"<html><title>Proxy</title></html>".to_vec()));
}

#[test]
fn node_that_dies_at_any_request_is_repaired_later() {
    broken_everywhere(47, &Fault::Die);
}

#[test]
fn node_that_dies_after_any_request_is_repaired_later() {
    broken_everywhere(48, &Fault::DieAfter);
}
