//! A gate before a listener: shut while the listener is behind with what it has read.
//!
//! async-tftp reads requests for as long as any wait, makes a task of each, and looks at none of
//! them before. Its tasks run in the order in which they were made or woken. One task among them is
//! ours, the bell: from its ringing until it is heard is how long a request lies between being read
//! and being looked at. When that takes too long, a filter on the socket drops what arrives until
//! all of it has been looked at. What waits in the receive buffer stays.
//!
//! async-tftp hands out neither its executor nor a way to put a task there. So the bell is the
//! transfer of a request that the gate sends to the listener from a socket of its own, and reads
//! from a reader that never has anything.
//!
//! Only on Linux; elsewhere there is no gate.

use std::future::{self, Future};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use futures_lite::io::AsyncRead;

use crate::service::Service;

/// Between two rings.
const PAUSE: Duration = Duration::from_millis(10);

/// Patience is counted in so many waits: a machine that stands still for a moment takes one of
/// them.
const WAITS: u32 = 5;

/// Between two lines in the log.
const QUIET: Duration = Duration::from_secs(60);

/// The request that becomes the bell. It is known by its sender.
const KNOCK: &[u8] = b"\0\x01bell\0octet\0";

/// Watches a listener until it is dropped, and is open then.
pub(super) struct Gate {
    bell: Arc<Bell>,
    watcher: Option<JoinHandle<()>>,
}

impl Gate {
    /// Opens the way to a socket, whoever shut it, and watches over it from now on.
    pub(super) fn before(socket: &UdpSocket, service: &Arc<Service>) -> io::Result<Self> {
        if let Err(error) = filter::detach(socket) {
            tracing::warn!(%error, "a TFTP socket may have been left shut");
        }
        // where no request of ours gets through, what is polled without an end is found
        // nevertheless
        let knocker = knocker(socket.local_addr()?)
            .inspect_err(|error| tracing::debug!(%error, "no bell for a TFTP listener"))
            .ok();
        let bell = Arc::new(Bell::of(knocker.as_ref()));
        if !filter::IS_KNOWN {
            return Ok(Self { bell, watcher: None });
        }
        let mut watcher = Watcher {
            socket: socket.try_clone()?,
            knocker,
            bell: Arc::clone(&bell),
            service: Arc::clone(service),
            told: None,
        };
        let watcher =
            thread::Builder::new().name("tftp-gate".to_owned()).spawn(move || watcher.watch())?;
        bell.lock().watcher = Some(watcher.thread().clone());
        Ok(Self { bell, watcher: Some(watcher) })
    }

    pub(super) fn bell(&self) -> Arc<Bell> {
        Arc::clone(&self.bell)
    }

    /// Serves, and lets the watcher know when that goes on.
    pub(super) async fn watched<T>(&self, serving: impl Future<Output = T>) -> T {
        let mut serving = pin!(serving);
        future::poll_fn(|context| {
            self.bell.stir();
            let polled = serving.as_mut().poll(context);
            self.bell.stir();
            polled
        })
        .await
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.bell.is_over.store(true, Ordering::SeqCst);
        if let Some(watcher) = self.watcher.take() {
            watcher.thread().unpark();
            // it has nothing to tell
            let _ = watcher.join();
        }
    }
}

/// What listener and watcher know of each other.
pub(super) struct Bell {
    /// Who sends the request that becomes the bell.
    knocker: Option<SocketAddr>,
    /// Beginnings and ends of polls of the listener: odd while it is polled.
    polls: AtomicU64,
    /// Whether the watcher waits for the next of them.
    is_waited_for: AtomicBool,
    is_over: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Rings the bell; absent until it hangs.
    rope: Option<Waker>,
    heard: u64,
    watcher: Option<thread::Thread>,
}

impl Bell {
    fn of(knocker: Option<&UdpSocket>) -> Self {
        Self {
            knocker: knocker.and_then(|socket| socket.local_addr().ok()),
            polls: AtomicU64::new(0),
            is_waited_for: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// The reader of the bell's transfer, when this client is the gate.
    pub(super) fn hang(self: &Arc<Self>, client: &SocketAddr) -> Option<Hanging> {
        let is_ours = self.knocker.is_some_and(|knocker| {
            (knocker.ip().to_canonical(), knocker.port())
                == (client.ip().to_canonical(), client.port())
        });
        is_ours.then(|| Hanging(Arc::clone(self)))
    }

    /// A poll of the listener begins or ends.
    fn stir(&self) {
        self.polls.fetch_add(1, Ordering::SeqCst);
        if self.is_waited_for.load(Ordering::SeqCst)
            && self.is_waited_for.swap(false, Ordering::SeqCst)
        {
            self.wake_watcher();
        }
    }

    fn wake_watcher(&self) {
        if let Some(watcher) = &self.lock().watcher {
            watcher.unpark();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bell's place among the transfers.
pub(super) struct Hanging(Arc<Bell>);

impl AsyncRead for Hanging {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        _buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.0.lock();
        state.rope = Some(context.waker().clone());
        state.heard += 1;
        drop(state);
        self.0.wake_watcher();
        Poll::Pending
    }
}

struct Watcher {
    socket: UdpSocket,
    knocker: Option<UdpSocket>,
    bell: Arc<Bell>,
    service: Arc<Service>,
    /// When the log was told last that the gate is shut.
    told: Option<Instant>,
}

/// What was so when the bell was rung.
struct Ring {
    is_hung: bool,
    heard: u64,
    polls: u64,
}

impl Watcher {
    fn watch(&mut self) {
        while !self.is_over() {
            self.until_polled();
            let ring = self.ring();
            if !self.is_heard_in_time(&ring) && !self.is_over() {
                self.shut(&ring);
            }
            self.wait(PAUSE, |_| false);
        }
    }

    /// Waits until the listener is polled: one that sleeps is not woken.
    fn until_polled(&self) {
        let before = self.polls();
        while before.is_multiple_of(2) && self.polls() == before && !self.is_over() {
            self.bell.is_waited_for.store(true, Ordering::SeqCst);
            if self.polls() == before && !self.is_over() {
                thread::park();
            }
        }
    }

    fn ring(&self) -> Ring {
        let state = self.bell.lock();
        let (rope, heard) = (state.rope.clone(), state.heard);
        drop(state);
        let ring = Ring { is_hung: rope.is_some(), heard, polls: self.polls() };
        match (rope, &self.knocker) {
            (Some(rope), _) => rope.wake(),
            // one that gets lost is sent again at the next ring
            (None, Some(knocker)) => drop(knocker.send(KNOCK)),
            (None, None) => {}
        }
        ring
    }

    /// Without a bell, a listener that is not in the midst of a poll has heard.
    fn is_heard(&self, ring: &Ring) -> bool {
        let is_between = ring.polls.is_multiple_of(2) || self.polls() != ring.polls;
        self.bell.lock().heard != ring.heard || (!ring.is_hung && is_between)
    }

    fn is_heard_in_time(&self, ring: &Ring) -> bool {
        let patience = self.service.settings.limits.tftp.max_queue_delay();
        (0..WAITS).any(|_| self.wait(patience / WAITS, |watcher| watcher.is_heard(ring)))
    }

    /// Drops what arrives until what was read before has been looked at.
    fn shut(&mut self, ring: &Ring) {
        let Ok(_open) = Shut::at(&self.socket).inspect_err(
            |error| tracing::warn!(%error, "a TFTP listener that is behind cannot be shut"),
        ) else {
            return;
        };
        self.service.records.metrics().count_overload();
        if self.told.is_none_or(|told| told.elapsed() >= QUIET) {
            self.told = Some(Instant::now());
            tracing::warn!(
                "more TFTP requests come than are looked at: those that arrive are dropped until the others have had their turn"
            );
        }
        self.until_heard(ring);
        // what was read until the gate was shut lies behind that ring
        self.until_heard(&self.ring());
    }

    fn until_heard(&self, ring: &Ring) {
        while !self.is_heard(ring) && !self.is_over() {
            self.wait(PAUSE, |watcher| watcher.is_heard(ring));
        }
    }

    /// Waits until something is so, but no longer than `time`. Returns whether it is so.
    fn wait(&self, time: Duration, is_so: impl Fn(&Self) -> bool) -> bool {
        let began = Instant::now();
        loop {
            if is_so(self) {
                return true;
            }
            let left = time.saturating_sub(began.elapsed());
            if left.is_zero() || self.is_over() {
                return false;
            }
            thread::park_timeout(left);
        }
    }

    fn polls(&self) -> u64 {
        self.bell.polls.load(Ordering::SeqCst)
    }

    fn is_over(&self) -> bool {
        self.bell.is_over.load(Ordering::SeqCst)
    }
}

/// A socket that hears nothing until this is dropped.
struct Shut<'a>(&'a UdpSocket);

impl<'a> Shut<'a> {
    fn at(socket: &'a UdpSocket) -> io::Result<Self> {
        filter::attach(socket)?;
        Ok(Self(socket))
    }
}

impl Drop for Shut<'_> {
    fn drop(&mut self) {
        if let Err(error) = filter::detach(self.0) {
            tracing::error!(%error, "a TFTP listener stays shut");
        }
    }
}

/// A socket whose packets go to a listener on this machine.
fn knocker(listener: SocketAddr) -> io::Result<UdpSocket> {
    let (any, here): (IpAddr, IpAddr) = if listener.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::LOCALHOST.into())
    } else {
        (Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::LOCALHOST.into())
    };
    let mut target = listener;
    if target.ip().is_unspecified() {
        target.set_ip(here);
    }
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(target)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[cfg(target_os = "linux")]
mod filter {
    use std::io;
    use std::net::UdpSocket;

    use socket2::{SockFilter, SockRef};

    pub(super) const IS_KNOWN: bool = true;

    /// `BPF_RET | BPF_K` of linux/bpf_common.h: how much of a packet is kept.
    const RETURN: u16 = 0x06;

    /// Keeps nothing of what arrives.
    pub(super) fn attach(socket: &UdpSocket) -> io::Result<()> {
        SockRef::from(socket).attach_filter(&[SockFilter::new(RETURN, 0, 0, 0)])
    }

    /// Keeps what arrives; none may be attached.
    pub(super) fn detach(socket: &UdpSocket) -> io::Result<()> {
        match SockRef::from(socket).detach_filter() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod filter {
    use std::io;
    use std::net::UdpSocket;

    pub(super) const IS_KNOWN: bool = false;

    pub(super) fn attach(_socket: &UdpSocket) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn detach(_socket: &UdpSocket) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn pair() -> (UdpSocket, UdpSocket) {
        let listener = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let client = knocker(listener.local_addr().unwrap()).unwrap();
        (listener, client)
    }

    fn read(listener: &UdpSocket) -> Option<Vec<u8>> {
        let mut packet = [0; 64];
        let size = listener.recv(&mut packet).ok()?;
        Some(packet[..size].to_vec())
    }

    #[test]
    fn a_gate_that_is_shut_drops_what_arrives_and_keeps_what_waits() {
        let (listener, client) = pair();
        client.send(b"before").unwrap();
        let shut = Shut::at(&listener).unwrap();
        // the filter tells a sender nothing, or that it is full
        let _ = client.send(b"meanwhile");
        drop(shut);
        client.send(b"after").unwrap();
        assert_eq!(read(&listener).unwrap(), b"before");
        assert_eq!(read(&listener).unwrap(), b"after");
        assert_eq!(read(&listener), None);
    }

    #[test]
    fn a_gate_that_is_open_is_opened_without_an_error() {
        let (listener, _) = pair();
        filter::detach(&listener).unwrap();
    }

    #[test]
    fn only_the_gate_hangs_its_bell() {
        let (_, knocker) = pair();
        let (_, client) = pair();
        let bell = Arc::new(Bell::of(Some(&knocker)));
        assert!(bell.hang(&client.local_addr().unwrap()).is_none());
        assert!(bell.hang(&knocker.local_addr().unwrap()).is_some());
        assert!(Arc::new(Bell::of(None)).hang(&knocker.local_addr().unwrap()).is_none());
    }

    #[test]
    fn a_listener_knocks_on_itself_by_either_protocol() {
        for any in [IpAddr::from(Ipv4Addr::UNSPECIFIED), Ipv6Addr::UNSPECIFIED.into()] {
            let listener = UdpSocket::bind((any, 0)).unwrap();
            let knocker = knocker(listener.local_addr().unwrap()).unwrap();
            knocker.send(KNOCK).unwrap();
            let (size, from) = listener.recv_from(&mut [0; 64]).unwrap();
            assert_eq!(
                (size, from.ip().to_canonical()),
                (KNOCK.len(), knocker.local_addr().unwrap().ip())
            );
        }
    }
}
