//! `folders-hold-different-rules`: the same file differs between two folders of a node.

use adr_diagnostic::Finding;

use super::counted;
use crate::cause::{Cause, Check, Source};
use crate::cucm::case::Case;
use crate::cucm::case::node_files;
use crate::found::{Found, Place};
use crate::step::Step;
use adr_diagnostic::visible;

static CAUSE: Cause = Cause {
    finding: Finding::warning(
        "folders-hold-different-rules",
        "the same file differs between two folders of a node",
        include_str!("../../pages/folders-hold-different-rules.md"),
    ),
    step: Step::Files,
    sources: &[Source::Guide("Cisco Jabber, dial rules: which release publishes them")],
};

pub(super) const CHECK: Check<Case> = Check { cause: &CAUSE, find };

fn find(case: &Case) -> Vec<Found> {
    let mut found = Vec::new();
    for node in case.seen.nodes.iter().flatten() {
        let read: Vec<_> = node_files(node)
            .filter_map(|file| Some((file, case.seen.contents.get(file.sha256.as_ref()?)?)))
            .collect();
        for is_application in [true, false] {
            let mut of_kind =
                read.iter().filter(|(file, _)| file.is_application() == is_application);
            let (Some((first, one)), Some((second, other))) = (of_kind.next(), of_kind.next())
            else {
                continue;
            };
            if one.rules == other.rules {
                continue;
            }
            let name = visible(&node.name);
            let found_here = CAUSE
                .found(format!(
                    "`{}` and `{}` on `{name}` have different rules",
                    visible(&first.path),
                    visible(&second.path)
                ))
                .because(format!(
                    "`{}` has {}",
                    visible(&first.path),
                    counted(one.rules.len(), "rule")
                ))
                .because(format!(
                    "`{}` has {}",
                    visible(&second.path),
                    counted(other.rules.len(), "rule")
                ))
                .fix(
                    Place::Adrc,
                    "upload the files to both folders",
                    ["adrc deploy cucm://HOST PLAN"],
                );
            found.push(found_here);
        }
    }
    found
}
