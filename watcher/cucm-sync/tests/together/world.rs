//! A cluster, and everything that adrc does with it at the same time.

use adr_cucm_kit::Injection;

use crate::actions::{Action, Edit, Plan, PushGoal};
use crate::broken::LIVE_USER;
use crate::deployments::Deployments;
use crate::live::Live;
use crate::pushes::{Push, Pushes};
use crate::site::Site;

/// Restarts of CUCM without a quiet time in between. After three change queues that were lost in a
/// row, adrc compares lists, and nothing says that those are of one moment.
const RESTARTS: usize = 2;

pub(crate) struct World {
    pub(crate) site: Site,
    pub(crate) live: Live,
    pub(crate) pushes: Pushes,
    pub(crate) deployments: Deployments,
    /// Restarts of CUCM since the last quiet time.
    restarts: usize,
}

impl World {
    pub(crate) fn start() -> Self {
        let site = Site::start();
        let live = Live::start(&site);
        let (pushes, deployments) = Default::default();
        Self { site, live, pushes, deployments, restarts: 0 }
    }

    pub(crate) fn act(&mut self, action: &Action) {
        match action {
            Action::Edit(edit) => self.site.edit(edit),
            Action::EditAtRequests(edits) => self.site.edit_at_requests(edits),
            Action::RestartCucm => self.restart_cucm(),
            Action::RestartLive => self.live.restart(&self.site),
            Action::LiveFault(at, fault) => {
                let injection = Injection::new(fault.clone()).user(LIVE_USER);
                self.site.cucm.faults().add(injection.skip(at - 1).times(1));
            }
            Action::Push { goal, broken, edit } => {
                self.site.edit_now();
                let (broken, edit) = (broken.as_ref(), edit.as_ref());
                self.pushes.push(&self.site, Push { goal, broken, edit });
            }
            Action::Deploy { prefix, broken } => {
                self.deployments.deploy(&self.site, *prefix, broken.as_ref());
            }
            Action::Quiet => self.quiet(),
        }
        self.live.check(&self.site);
    }

    fn restart_cucm(&mut self) {
        if self.restarts == RESTARTS {
            self.quiet();
        }
        self.restarts += 1;
        let mut state = self.site.cucm.state();
        state.restart_axl();
        state.platform.expire_sessions();
    }

    /// Ends all faults, and waits until the live source has reported what CUCM holds.
    pub(crate) fn quiet(&mut self) {
        self.site.heal();
        self.live.wait_for_quiet(&self.site);
        self.restarts = 0;
    }

    /// Resumes or undoes what is not finished, and waits until the live source has reported that.
    pub(crate) fn finish(&mut self, end: &Ending) {
        self.site.heal();
        self.site.edit_now();
        if self.pushes.is_unfinished() {
            let goal = match &end.plan {
                Some(plan) => &PushGoal::Plan(plan.clone()),
                None => &PushGoal::Undo,
            };
            self.pushes.push(&self.site, Push { goal, broken: None, edit: None });
        }
        assert!(!self.pushes.is_unfinished());
        if Deployments::is_unfinished(&self.site) {
            self.deployments.deploy(&self.site, end.prefix, None);
        }
        assert!(!Deployments::is_unfinished(&self.site));
        self.site.edit(&end.edit);
        self.quiet();
    }
}

/// How everything ends that is not finished.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    /// The plan of the last push; without one the push is undone.
    pub(crate) plan: Option<Plan>,
    /// The plan of the last deployment; without one the deployment is undone.
    pub(crate) prefix: Option<u8>,
    pub(crate) edit: Edit,
}
