//! Whether rule sources may replace the current generation: a pure decision, as in a merge of three
//! versions. The first version is what the sources had when they were last in step.

/// The order of the commit of the sources and the commit of the current generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitOrder {
    /// The sources were made on top of the current generation, or of what was rolled back to it.
    Newer,
    /// The current generation was made on top of the sources, or what was rolled back to it was.
    Older,
    /// Neither of them, or the repository does not have the commit of the current generation.
    Unrelated,
}

/// Content with the number of a generation that had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen<'f> {
    pub(super) generation: u64,
    /// See [`super::content_sha256`].
    pub(super) content: &'f str,
}

/// What is known about the sources and about what is published.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'f> {
    /// The content of the sources now.
    pub(super) content: &'f str,
    /// What is current; `None` if nothing is published.
    pub(super) current: Option<Seen<'f>>,
    /// What the sources had when they were last in step with a generation, and that generation;
    /// `None` for sources that never were.
    pub(super) in_step: Option<Seen<'f>>,
    /// The older generations that are kept, ascending.
    pub(super) kept: &'f [(u64, String)],
    /// Content that was rolled back and is blocked since.
    pub(super) blocked: &'f [String],
    /// What git says; `None` if sources or current generation are in no unmodified commit, or both
    /// in the same one.
    pub(super) order: Option<CommitOrder>,
    /// Whether several nodes share the sequence of generations.
    pub(super) is_shared: bool,
}

/// What to do with the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They have the current content.
    Same,
    /// They are newer.
    Publish,
    /// They are older: they have the content of this generation, if it is known.
    Behind(Option<u64>),
    /// Both they and the current generation were changed.
    Conflict,
}

/// Decides what to do with the sources.
pub(super) fn decide(facts: &Facts<'_>) -> Verdict {
    let Some(current) = facts.current else { return Verdict::Publish };
    if facts.content == current.content {
        return Verdict::Same;
    }
    match (facts.order, by_ledger(facts, current)) {
        (Some(CommitOrder::Newer), _) => Verdict::Publish,
        // a person checked an older commit out where the current generation had been checked out
        (Some(CommitOrder::Older), Verdict::Publish)
            if !facts.is_shared && facts.in_step.is_some() =>
        {
            Verdict::Publish
        }
        (Some(CommitOrder::Older), _) => Verdict::Behind(known(facts, 0)),
        (Some(CommitOrder::Unrelated), Verdict::Publish) if facts.is_shared => Verdict::Conflict,
        (_, verdict) => verdict,
    }
}

/// Decides without git.
fn by_ledger(facts: &Facts<'_>, current: Seen<'_>) -> Verdict {
    let Some(in_step) = facts.in_step else {
        // a container has another host name at each start: in a plain folder, a person decides by
        // changing the sources
        return match known(facts, 0) {
            _ if !facts.is_shared => Verdict::Publish,
            Some(known) => Verdict::Behind(Some(known)),
            None => Verdict::Conflict,
        };
    };
    if in_step.content == facts.content {
        // only the current generation was changed
        return Verdict::Behind(Some(in_step.generation));
    }
    if in_step.generation == current.generation {
        return Verdict::Publish;
    }
    // replicated sources may pass through every version on their way to the current one
    if let Some(known) = known(facts, in_step.generation) {
        return Verdict::Behind(Some(known));
    }
    // a renewal has the same content under another number, and a rollback leads back from what
    // the sources had
    let is_same = in_step.content == current.content;
    match is_same || facts.blocked.iter().any(|blocked| blocked == in_step.content) {
        true => Verdict::Publish,
        false => Verdict::Conflict,
    }
}

/// The newest older generation with the content of the sources, if it is newer than `after`.
fn known(facts: &Facts<'_>, after: u64) -> Option<u64> {
    let newer = facts.kept.iter().rev().take_while(|(generation, _)| *generation > after);
    newer.into_iter().find(|(_, content)| content == facts.content).map(|(known, _)| *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decides for sources with this content. Generations 1, 2 and 3 have the content `a`, `b` and
    /// `c`, and generation 3 is current.
    fn decided(
        content: &str,
        in_step: Option<(u64, &str)>,
        order: Option<CommitOrder>,
        is_shared: bool,
    ) -> Verdict {
        let kept = [(1, "a".to_owned()), (2, "b".to_owned())];
        let in_step = in_step.map(|(generation, content)| Seen { generation, content });
        let current = Some(Seen { generation: 3, content: "c" });
        let blocked = &["r".to_owned()];
        decide(&Facts { content, current, in_step, kept: &kept, blocked, order, is_shared })
    }

    #[test]
    fn three_versions_without_git_give_a_verdict() {
        use Verdict::{Behind, Conflict, Publish, Same};
        let (at_1, at_2, at_3) = (Some((1, "a")), Some((2, "b")), Some((3, "c")));
        // content, in step with, verdict in a plain folder, verdict for several nodes
        let table = [
            ("c", None, Same, Same),
            ("c", at_1, Same, Same),
            ("c", Some((1, "x")), Same, Same),
            // sources that were never in step
            ("a", None, Publish, Behind(Some(1))),
            ("b", None, Publish, Behind(Some(2))),
            ("x", None, Publish, Conflict),
            // unchanged sources
            ("a", at_1, Behind(Some(1)), Behind(Some(1))),
            ("b", at_2, Behind(Some(2)), Behind(Some(2))),
            // changed on top of the current generation, also back to old content
            ("x", at_3, Publish, Publish),
            ("a", at_3, Publish, Publish),
            // on the way to the current generation
            ("b", at_1, Behind(Some(2)), Behind(Some(2))),
            // back to what was older already
            ("a", at_2, Conflict, Conflict),
            // both changed
            ("x", at_1, Conflict, Conflict),
            ("x", at_2, Conflict, Conflict),
            // the same content was current under another number, such as before a renewal
            ("x", Some((2, "c")), Publish, Publish),
            // what the sources had was rolled back
            ("x", Some((2, "r")), Publish, Publish),
        ];
        for (content, in_step, plain, shared) in table {
            let found = [false, true].map(|shared| decided(content, in_step, None, shared));
            assert_eq!(found, [plain, shared], "{content} {in_step:?}");
        }
    }

    #[test]
    fn git_decides_before_the_ledger() {
        use CommitOrder::{Newer, Older, Unrelated};
        use Verdict::{Behind, Conflict, Publish, Same};
        let at_1 = Some((1, "a"));
        let table = [
            ("c", None, Older, Same, Same),
            ("x", None, Newer, Publish, Publish),
            ("x", at_1, Newer, Publish, Publish),
            ("a", at_1, Newer, Publish, Publish),
            // sources that had the current content, and went back to an older commit
            ("x", Some((3, "c")), Older, Publish, Behind(None)),
            ("a", Some((3, "c")), Older, Publish, Behind(Some(1))),
            ("x", None, Older, Behind(None), Behind(None)),
            ("a", None, Older, Behind(Some(1)), Behind(Some(1))),
            ("x", at_1, Older, Behind(None), Behind(None)),
            // without an order, unchanged sources are behind, and others are for a person
            ("a", at_1, Unrelated, Behind(Some(1)), Behind(Some(1))),
            ("x", at_1, Unrelated, Conflict, Conflict),
            ("x", Some((3, "c")), Unrelated, Publish, Conflict),
        ];
        for (content, in_step, order, plain, shared) in table {
            let found = [false, true].map(|shared| decided(content, in_step, Some(order), shared));
            assert_eq!(found, [plain, shared], "{content} {in_step:?} {order:?}");
        }
    }

    #[test]
    fn first_generation_is_published() {
        let (kept, blocked) = (&[], &[]);
        let (content, current, in_step, order) = ("x", None, None, None);
        for is_shared in [false, true] {
            let facts = Facts { content, current, in_step, kept, blocked, order, is_shared };
            assert_eq!(decide(&facts), Verdict::Publish);
        }
    }
}
