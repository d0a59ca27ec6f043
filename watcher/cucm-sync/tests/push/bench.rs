//! A cluster, a folder of journals, and pushes between the two.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use adr_cucm_client::{Cluster, Credentials, Limits, Node, Pause, Secret, Session, Trust};
use adr_cucm_kit::{CucmStandIn, Fault, Rule, RuleKind};
use adr_cucm_sync::push::{Goal, Prepared, PushError, prepare};
use adr_push::{ListPlan, WantedRule};
use tempfile::TempDir;

/// A rule of CUCM without key, name and description: what clients apply.
pub(crate) type Content = (String, String, String, String);

/// A clock that never waits, and remembers for how long it should have.
#[derive(Debug, Default)]
pub(crate) struct FakeClock(pub(crate) AtomicU64);

impl Pause for FakeClock {
    fn pause(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.fetch_add(time.as_secs(), Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    }

    fn random(&self) -> f64 {
        0.0
    }
}

pub(crate) struct Bench {
    pub(crate) cucm: CucmStandIn,
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<FakeClock>,
    /// After so many seconds without a byte, a session gives up.
    idle_seconds: AtomicU64,
}

/// Far longer than a cluster that answers takes on a loaded machine.
const ANSWERS: u64 = 60;

impl Bench {
    /// A cluster with these application rules.
    pub(crate) fn with(rules: Vec<Rule>) -> Self {
        let cucm = CucmStandIn::start();
        cucm.state().set_rules(RuleKind::Application, rules);
        let (folder, clock) = (TempDir::new().unwrap(), Arc::default());
        Self { cucm, folder, clock, idle_seconds: ANSWERS.into() }
    }

    /// Plans a fault at a request from now on, counted from 1. Until [`Self::end_fault`], sessions
    /// wait so many seconds for one that hangs.
    pub(crate) fn fault_at(&self, at: usize, fault: Fault, seconds: u64) {
        if matches!(fault, Fault::Hang | Fault::HangAfter) {
            self.idle_seconds.store(seconds, Ordering::Relaxed);
        }
        self.cucm.faults().at(at, fault);
    }

    pub(crate) fn end_fault(&self) {
        self.cucm.faults().clear();
        self.idle_seconds.store(ANSWERS, Ordering::Relaxed);
    }

    pub(crate) fn node(&self) -> Node {
        Node::new(&self.cucm.address().to_string()).unwrap()
    }

    pub(crate) fn session(&self) -> Session {
        let fingerprint = self.cucm.fingerprint().parse().unwrap();
        let credentials = Credentials {
            user: "axladmin".to_owned(),
            password: Secret::new("axladmin-secret".to_owned()),
        };
        let trust = Trust::Fingerprints(vec![fingerprint]);
        let cluster = Cluster::new(self.node(), trust, credentials);
        let idle_timeout = Duration::from_secs(self.idle_seconds.load(Ordering::Relaxed));
        let limits = Limits { idle_timeout, ..Limits::default() };
        let pause = Arc::clone(&self.clock);
        Cluster { limits, ..cluster }.session().unwrap().with_pause(pause)
    }

    pub(crate) async fn prepare(&self, goal: Goal) -> Result<Prepared, PushError> {
        prepare(&self.session(), &self.node(), self.folder.path(), goal).await
    }

    /// Plans and makes all calls.
    pub(crate) async fn push(&self, goal: Goal) -> Result<(), PushError> {
        let prepared = self.prepare(goal).await?;
        match prepared.is_empty() {
            true => prepared.close(),
            false => prepared.carry_out(&self.session(), &|_| {}).await,
        }
    }

    /// What clients apply by now: the rules by priority and name.
    pub(crate) fn contents(&self, kind: RuleKind) -> Vec<Content> {
        let mut rules = self.cucm.state().rules(kind).to_vec();
        rules.sort_by_key(|rule| (rule.priority.parse::<u32>().unwrap(), rule.name.clone()));
        rules.into_iter().map(|it| (it.begins_with, it.digits, it.remove, it.prefix)).collect()
    }

    pub(crate) fn has_journal(&self) -> bool {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.flatten().any(|file| file.path().extension().is_some_and(|it| it == "json"))
    }
}

/// A goal with these application rules and no lookup rules.
pub(crate) fn goal(rules: &[WantedRule]) -> Goal {
    Goal::Plan([rules.to_vec(), Vec::new()])
}

pub(crate) fn wanted(name: &str, rule: (&str, i32, i32, &str)) -> WantedRule {
    WantedRule {
        rule: adr_engine::Rule::from_deployed(rule.0, rule.1, rule.2, rule.3),
        name: Some(name.to_owned()),
        description: None,
    }
}

/// What clients apply after each step of a plan, the list as it is first.
pub(crate) fn announced(plan: &ListPlan) -> Vec<Vec<Content>> {
    let content = |record: &adr_cucm::CucmRule| {
        let (begins_with, prefix) = (record.begins_with.clone(), record.prefix.clone());
        (begins_with, record.digits.to_string(), record.remove.to_string(), prefix)
    };
    let list = |count| plan.after(count).iter().map(content).collect();
    (0..=plan.steps().len()).map(list).collect()
}

/// Three rules, and a plan that adds, updates, moves, replaces and removes.
pub(crate) fn example() -> (Vec<Rule>, Vec<WantedRule>) {
    let rules = vec![
        Rule::new("Local", "5", [7, 0], "9").priority(0),
        Rule::new("US", "+1", [12, 2], "91").priority(1),
        Rule::new("Any", "", [7, 0], "8").priority(1),
        Rule::new("Old", "44", [7, 0], "7").priority(5),
    ];
    let plan = vec![
        wanted("Any", ("", 7, 0, "8")),
        wanted("US", ("+1", 12, 2, "92")),
        wanted("Local", ("5", 7, 0, "9")),
        wanted("New & \"shiny\"", ("+49", 13, 1, "900")),
    ];
    (rules, plan)
}
