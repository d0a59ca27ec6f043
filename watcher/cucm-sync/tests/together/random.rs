//! Random edits, restarts and faults, while adrc follows, pushes and deploys.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::actions::{Action, actions, edits, plans};
use crate::world::{Ending, World};

fn endings() -> impl Strategy<Value = Ending> {
    let prefix = proptest::option::of(0_u8..3);
    let parts = (proptest::option::of(plans()), prefix, edits());
    parts.prop_map(|(plan, prefix, edit)| Ending { plan, prefix, edit })
}

fn config() -> ProptestConfig {
    // each case has a cluster of its own, with certificates and sockets
    let cases = if std::env::var_os("ADR_LONG").is_some() { 1_000 } else { 32 };
    // a case that fails may wait until the timeout of the live source
    ProptestConfig { cases, max_shrink_time: 120_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn adrc_reports_what_cucm_held_and_leaves_what_was_planned_or_was_there_before(
        script in vec(actions(), 1..24),
        ending in endings(),
    ) {
        let mut world = World::start();
        script.iter().for_each(|action: &Action| world.act(action));
        world.finish(&ending);
    }
}
