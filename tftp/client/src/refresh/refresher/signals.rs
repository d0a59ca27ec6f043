//! What the refresher does when the tasks that listen to servers tell it something.

use super::{Refresher, Signal};
use crate::follow::Transport;
use crate::lag::Lagging;
use crate::rejections::Offer;
use crate::server::Server;

impl Refresher {
    pub(super) fn on_signal(&mut self, signal: Signal) {
        match signal {
            Signal::Following { server, transport } => self.on_following(server, transport),
            Signal::Lost { server, is_silent } => self.on_lost(&server, is_silent),
            Signal::Refresh { compare_files } => self.agenda.request(compare_files),
            Signal::Left { server, is_stopping } => {
                self.has_left = true;
                self.rejections.left(&server);
                self.standing.left(self.now(), &server, is_stopping);
            }
            Signal::Announced(state, files) => {
                let now = self.now();
                if let Some(server) = self.followed.clone() {
                    self.on_offer(Offer { server, generation: state.generation }, true);
                }
                if self.standing.announced(now, self.followed.as_ref(), &state) {
                    self.agenda.request(false);
                }
                self.agenda.announced(now, state, files);
            }
            Signal::AnnouncedByStandby { server, state } => {
                let now = self.now();
                let offer = Offer { server: server.clone(), generation: state.generation };
                self.on_offer(offer, false);
                self.standing.standby_announced(now, server, &state);
                self.agenda.announced_by_standby(now, state);
            }
            Signal::StandbyLost => {
                self.rejections.standby_lost();
                self.standing.standby_lost(self.now());
            }
        }
    }

    /// Records what a server says it has. It may no longer offer what was rejected.
    fn on_offer(&mut self, offer: Offer, is_followed: bool) {
        let (now, running) = (self.now(), self.shared.rules.load().generation());
        match is_followed {
            true => self.rejections.announced(now, running, offer),
            false => self.rejections.announced_by_standby(now, running, offer),
        }
        self.show_rejection();
    }

    /// Leaves the followed server, or the standby server, because it is behind.
    pub(super) fn pass_over_lagging(&mut self) {
        match self.standing.pass_over(self.now()) {
            Some(Lagging::Followed) => {
                if let Some(server) = self.followed.clone() {
                    // the task takes one at a time; if it took none yet, it leaves one already
                    let _ = self.lagging.try_send(server);
                }
            }
            Some(Lagging::Standby) => self.standby_lagging.send_replace(()),
            None => {}
        }
    }

    /// Reports to a server as soon as it is followed: it does not know yet what is running here.
    fn on_following(&mut self, server: Option<Server>, transport: Transport) {
        let is_other =
            self.followed != server || self.shared.status.borrow().transport != Some(transport);
        self.standing.following(server.as_ref(), transport);
        self.has_left = false;
        self.followed = server;
        let address = self.followed.as_ref().map(ToString::to_string).unwrap_or_default();
        self.update_status(|status| {
            status.transport = Some(transport);
            status.followed = address;
        });
        if is_other || transport == Transport::Events {
            self.queue_report();
        }
    }

    fn on_lost(&mut self, server: &Server, is_silent: bool) {
        self.rejections.left(server);
        self.standing.left(self.now(), server, is_silent);
        let (address, has_left) = (server.to_string(), self.has_left);
        self.update_status(|status| {
            if has_left || status.followed == address {
                status.followed.clear();
            }
        });
    }
}
