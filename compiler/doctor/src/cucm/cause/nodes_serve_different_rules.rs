//! `nodes-serve-different-rules`: TFTP nodes serve different files.

use adr_diagnostic::Finding;

use super::because_of;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::cucm::case::node_files;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_diagnostic::visible;
use std::collections::BTreeMap;

static CAUSE: Cause = Cause {
    finding: Finding::error(
        "nodes-serve-different-rules",
        "TFTP nodes serve different files",
        include_str!("../../pages/nodes-serve-different-rules.md"),
    ),
    step: Step::Files,
    sources: &[Source::Guide("Cisco Unified Communications Manager, TFTP and services")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let mut by_path: BTreeMap<&str, Vec<(&str, Option<&str>)>> = BTreeMap::new();
    for node in case.seen.nodes.iter().flatten() {
        for file in node_files(node) {
            let of_path = by_path.entry(&file.path).or_default();
            of_path.push((&node.name, file.sha256.as_deref()));
        }
    }
    let different = by_path.into_iter().filter_map(|(path, nodes)| {
        let first = nodes.first()?.1;
        if nodes.iter().all(|(_, hash)| *hash == first) {
            return None;
        }
        let found =
            CAUSE.found(format!("the TFTP nodes serve different files `{}`", visible(path)));
        let found = because_of(
            found,
            nodes.iter().map(|(node, hash)| match hash {
                Some(hash) => {
                    format!("`{}`: SHA-256 {}", visible(node), &hash[..hash.len().min(12)])
                }
                None => format!("`{}`: no such file", visible(node)),
            }),
        );
        Some(found.fix(
            Place::Adrc,
            "upload the same files to all nodes, and restart the service on each",
            ["adrc deploy cucm://HOST PLAN"],
        ))
    });
    different.collect()
}
