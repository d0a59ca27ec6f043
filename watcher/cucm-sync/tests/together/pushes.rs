//! Pushes that may break, and what must be true after each.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use adr_cucm_client::{Cluster, Limits, Node, Session, Trust};
use adr_cucm_sync::push::{Goal, PushError, StepReport, prepare};
use adr_push::ListPlan;

use crate::actions::{Edit, Plan, PushGoal, When, wanted};
use crate::broken::{Broken, idle_timeout};
use crate::held::{Content, Lists, contents};
use crate::no_pause::NoPause;
use crate::site::{End, Site, credentials};

/// A push, what goes wrong with it, and what another program does meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Push<'a> {
    pub(crate) goal: &'a PushGoal,
    pub(crate) broken: Option<&'a Broken>,
    pub(crate) edit: Option<&'a (When, Edit)>,
}

/// What is known about pushes so far.
#[derive(Default)]
pub(crate) struct Pushes {
    /// The lists before the push that is neither finished nor undone.
    old: Option<Lists>,
}

/// What a push announced, and did until it ended.
#[derive(Default)]
struct Seen {
    /// The contents of both lists after each announced call.
    announced: RefCell<Option<[Vec<Vec<Content>>; 2]>>,
    /// Whether another program has edited rules.
    is_edited: Cell<bool>,
}

impl Pushes {
    pub(crate) fn is_unfinished(&self) -> bool {
        self.old.is_some()
    }

    /// Pushes, and checks what CUCM holds after that. Returns whether the process was not killed.
    pub(crate) fn push(&mut self, site: &Site, push: Push<'_>) -> bool {
        let (before, moment) = (site.lists(), site.history.len());
        let seen = Seen::default();
        let end = site.run(push.broken, carry_out(site, push, &seen));
        let now = site.lists();
        let has_journal = has_journal(site);
        match &end {
            End::Killed => {}
            End::Done(Ok(())) => {
                assert!(!has_journal, "{:?}", push.goal);
                self.assert_reached(push.goal, &now);
            }
            End::Done(Err(error)) => {
                let text = error.to_string();
                assert!(!text.contains('\n') && !error.help().is_empty(), "{text}");
                let is_lone = push.broken.is_none() && push.edit.is_none();
                let has_nothing = matches!(error, PushError::NothingToUndo);
                assert!(!is_lone || has_nothing && self.old.is_none(), "{text}");
            }
        }
        if !seen.is_edited.get() {
            assert_announced(site, moment, &seen, &before);
            let is_done = matches!(end, End::Done(Ok(())));
            assert!(is_done || has_journal || now == before, "changed without a record");
        }
        self.old = has_journal.then(|| self.old.take().unwrap_or(before));
        matches!(end, End::Done(_))
    }

    /// After a push that succeeded.
    fn assert_reached(&self, goal: &PushGoal, now: &Lists) {
        match goal {
            PushGoal::Undo => assert_eq!(Some(now), self.old.as_ref()),
            PushGoal::Plan(plan) => {
                assert_eq!(now.each_ref().map(|list| contents(list)), of_plan(plan));
            }
        }
    }
}

/// What clients shall apply.
fn of_plan(plan: &Plan) -> [Vec<Content>; 2] {
    wanted(plan).map(|rules| {
        let content = |wanted: adr_push::WantedRule| {
            let rule = wanted.rule;
            let (digits, remove) = (rule.digits().to_string(), rule.remove().to_string());
            [rule.begins_with().to_owned(), digits, remove, rule.prefix().to_owned()]
        };
        rules.into_iter().map(content).collect()
    })
}

/// Each state since a moment is one that the change plan announced.
fn assert_announced(site: &Site, moment: usize, seen: &Seen, before: &Lists) {
    let announced = seen.announced.borrow();
    for held in site.history.all().iter().skip(moment) {
        let lists = held.lists();
        let Some(announced) = &*announced else {
            assert_eq!(&lists, before, "changed before a plan was made");
            continue;
        };
        for (list, announced) in lists.iter().zip(announced) {
            let list = contents(list);
            assert!(announced.contains(&list), "{list:?} is not one of {announced:?}");
        }
    }
}

async fn carry_out(site: &Site, push: Push<'_>, seen: &Seen) -> Result<(), PushError> {
    let session = session(site, push.broken);
    let goal = match push.goal {
        PushGoal::Plan(plan) => Goal::Plan(wanted(plan)),
        PushGoal::Undo => Goal::Rollback,
    };
    let prepared = prepare(&session, &node(site), &site.records(), goal).await?;
    let [application, lookup] = prepared.plans() else { panic!("two lists") };
    *seen.announced.borrow_mut() = Some([announced(application), announced(lookup)]);
    if prepared.is_empty() {
        return prepared.close();
    }
    let edit = |at: Option<usize>| match push.edit {
        Some((When::Planned, edit)) if at.is_none() => edit_rules(site, edit, seen),
        Some((When::Calls(calls), edit)) if at == Some(*calls) => edit_rules(site, edit, seen),
        _ => {}
    };
    edit(None);
    let report = |step: StepReport<'_>| edit(Some(step.done));
    let result = prepared.carry_out(&session, &report).await;
    if matches!(push.edit, Some((When::Planned, _))) && seen.is_edited.get() {
        assert!(result.is_err(), "somebody changed rules after the plan was made");
        assert!(push.broken.is_some() || result.as_ref().is_err_and(PushError::is_conflict));
    }
    result
}

fn edit_rules(site: &Site, edit: &Edit, seen: &Seen) {
    let rules = || site.history.all().last().map(|now| now.rules().clone());
    let before = rules();
    site.edit(edit);
    seen.is_edited.set(rules() != before);
}

/// The contents of a list after each step, the list as it is first.
fn announced(plan: &ListPlan) -> Vec<Vec<Content>> {
    let content = |record: &adr_cucm::CucmRule| {
        let count = |count: &adr_cucm::Count| count.number().unwrap_or(0).to_string();
        let (digits, remove) = (count(&record.digits), count(&record.remove));
        [record.begins_with.clone(), digits, remove, record.prefix.clone()]
    };
    let list = |count| plan.after(count).iter().map(content).collect();
    (0..=plan.steps().len()).map(list).collect()
}

fn node(site: &Site) -> Node {
    Node::new(&site.cucm.address().to_string()).unwrap()
}

fn session(site: &Site, broken: Option<&Broken>) -> Session {
    let trust = Trust::Fingerprints(vec![site.cucm.fingerprint().parse().unwrap()]);
    let cluster = Cluster::new(node(site), trust, credentials("axladmin"));
    let limits = Limits { idle_timeout: idle_timeout(broken), ..Limits::default() };
    Cluster { limits, ..cluster }.session().unwrap().with_pause(Arc::new(NoPause))
}

fn has_journal(site: &Site) -> bool {
    let Ok(files) = std::fs::read_dir(site.records()) else { return false };
    files.flatten().any(|file| file.path().extension().is_some_and(|it| it == "json"))
}
