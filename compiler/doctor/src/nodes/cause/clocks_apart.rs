//! `clocks-apart`: the clock of a node differs from that of this machine.

use adr_diagnostic::Finding;

use crate::cause::{Cause, Check, Source};
use crate::found::{Found, Place};
use crate::nodes::observation::Observations;
use crate::step::Step;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "clocks-apart",
        "the clock of a node differs from that of this machine",
        include_str!("../../pages/clocks-apart.md"),
    ),
    step: Step::Nodes,
    sources: &[Source::Public("documentation of adrc, two-nodes")],
};

pub(super) const CHECK: Check<Observations> = Check { cause: &CAUSE, find };

fn find(seen: &Observations) -> Vec<Found> {
    let nodes = seen.nodes.iter().flatten().filter(|node| {
        !node.has_ended && !node.is_silent && node.clock_ahead_seconds.abs() > APART_SECONDS
    });
    let found = nodes.map(|node| {
        let name = &node.name;
        let seconds = node.clock_ahead_seconds;
        let way = if seconds > 0 { "ahead of" } else { "behind" };
        CAUSE
            .found(format!(
                "the clock of `{name}` is {} s {way} that of this machine",
                seconds.abs()
            ))
            .because("the time in its newest report")
            .fix(
                Place::Node,
                "let it follow a time server",
                ["timedatectl set-ntp true", "timedatectl timesync-status"],
            )
    });
    found.collect()
}

/// From how many seconds on clocks are called apart: two intervals of reports.
const APART_SECONDS: i64 = 10;
