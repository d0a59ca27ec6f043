//! `kill -9` of a push and of a deployment at every request, while adrc follows the cluster.

use crate::actions::{Plan, PushGoal, example};
use crate::broken::{Broken, How};
use crate::deployments::Deployments;
use crate::pushes::Push;
use crate::world::World;

/// More requests than a push or a deployment has.
const MOST_REQUESTS: usize = 100;

/// A request of a push after its first call: version and lists, lists again, call.
const LATE_REQUEST: usize = 7;

/// How many kills at requests before the last one happened.
fn killed_everywhere(mut at_request: impl FnMut(&Broken, bool) -> bool) -> usize {
    let mut kills = 0;
    for at in 1..MOST_REQUESTS {
        for how in [How::Killed, How::KilledAfter] {
            let is_resumed = (at % 2 == 0) == matches!(how, How::Killed);
            match at_request(&Broken { at, how }, is_resumed) {
                true => kills += 1,
                false => return kills,
            }
        }
    }
    panic!("more than {MOST_REQUESTS} requests");
}

#[test]
fn push_that_is_killed_at_any_request_is_resumed_or_undone() {
    let mut world = World::start();
    let plan: Plan = example();
    let kills = killed_everywhere(|broken, is_resumed| {
        world.site.reset();
        let goal = PushGoal::Plan(plan.clone());
        let push = Push { goal: &goal, broken: Some(broken), edit: None };
        let is_killed = !world.pushes.push(&world.site, push);
        if world.pushes.is_unfinished() && !is_resumed {
            // the push of another plan is killed as well
            let goal = PushGoal::Plan([plan[1].clone(), plan[0].clone()]);
            let broken = Some(&Broken { at: LATE_REQUEST, how: How::Killed });
            assert!(!world.pushes.push(&world.site, Push { goal: &goal, broken, edit: None }));
        }
        if world.pushes.is_unfinished() {
            let goal = if is_resumed { goal } else { PushGoal::Undo };
            world.pushes.push(&world.site, Push { goal: &goal, broken: None, edit: None });
        }
        assert!(!world.pushes.is_unfinished());
        world.quiet();
        is_killed
    });
    assert!(kills > 20, "{kills}");
}

#[test]
fn deployment_that_is_killed_at_any_request_is_resumed_or_undone() {
    let mut world = World::start();
    let kills = killed_everywhere(|broken, is_resumed| {
        world.site.reset();
        world.deployments = Deployments::default();
        let is_killed = !world.deployments.deploy(&world.site, Some(1), Some(broken));
        if Deployments::is_unfinished(&world.site) {
            world.deployments.deploy(&world.site, is_resumed.then_some(1), None);
        }
        assert!(!Deployments::is_unfinished(&world.site));
        world.live.check(&world.site);
        is_killed
    });
    assert!(kills > 50, "{kills}");
}
