//! A server that watches its rules, a core that fetches by HTTP, one that fetches by TFTP, and a
//! softphone in C.
//!
//! The test saves, breaks and rolls back rules. For a minute it also kills the processes at random.
//! Afterwards all of them must run the same generation.

use adr_kit::needs;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use adr_kit::process::silence;
use serde_json::json;

use super::phone;
use super::world::{DANGEROUS, PUBLISHING, World, ask, rules, start_core};

/// How long the fleet may take to run one generation: a core that lost its server often in a row
/// waits up to five minutes.
const CONVERGENCE_TIMEOUT: Duration = Duration::from_secs(900);

/// The rules that are saved while processes are killed have prefixes up to this one; the last rules
/// have 9.
const PREFIXES: u64 = 8;

#[test]
fn cores_converge_after_random_kills() {
    needs!("curl", "cc");
    // an address that no other test uses, so that its ports stay free until the next start
    let mut world = World::new(&PUBLISHING, ["127.0.0.5:0"; 3]);
    let program = phone::compile(world.folder());
    let mut fleet = Fleet::of(&world, program);
    fleet.start_all();
    fleet.until_all_dial(1);
    world.save(&rules(2));
    fleet.until_all_dial(2);
    let before = fleet.generations();
    world.save(DANGEROUS);
    world.server.wait_for("reload failed");
    let findings = world.server.events("finding");
    let is_named = |finding: &serde_json::Value| {
        let finding = finding["finding"].as_str().unwrap_or_default();
        finding.contains("emergency-rewritten") && finding.contains("plan.adr:3")
    };
    assert!(findings.iter().any(is_named), "{findings:?}");
    fleet.assert_safe();
    assert_eq!(fleet.generations(), before, "invalid rules changed the generation of a core");
    world.save(&rules(3));
    fleet.until_all_dial(3);
    // rolled-back rules stay blocked until they change
    assert!(world.adrc("rollback --publish published").status.success());
    fleet.until_all_dial(2);
    world.save(&format!("{}// a comment\n", rules(3)));
    world.save(&rules(4));
    fleet.until_all_dial(4);

    world.server.kill();
    fleet.first = 0;
    kill_for_a_while(&world, &mut fleet);
    world.save(&rules(9));
    fleet.until_all_dial(9);
    let admin = world.server.admin;
    let waited = world.adrc(&format!("publish rules -o published --wait 600s --admin {admin}"));
    assert!(waited.status.success(), "{waited:?}");
    assert!(world.adrc("check published").status.success());
    let generations = fleet.generations();
    assert!(generations.iter().all(|one| *one == generations[0]), "{generations:?}");
}

/// Saves, breaks and rolls back rules, and kills processes, in an order that a seed decides.
fn kill_for_a_while(world: &World, fleet: &mut Fleet) {
    let mut rng = Rng(adr_kit::optional::seed().unwrap_or_else(seed_of_now));
    println!("ADR_SEED={} repeats this run", rng.0);
    let time = Duration::from_secs(if adr_kit::optional::is_long() { 600 } else { 60 });
    let (mut saves, mut kills) = (0, 0);
    let began = Instant::now();
    while began.elapsed() < time {
        match rng.below(10) {
            0..=2 => {
                let prefix = usize::try_from(1 + rng.below(PREFIXES)).unwrap();
                world.save(&rules(prefix));
                saves += 1;
            }
            3 => world.save(DANGEROUS),
            // may fail: with 2 if no older generation is kept, with 3 while the server publishes
            4 => drop(world.adrc("rollback --publish published --keep 100")),
            killed => {
                kills += usize::from(fleet.parts[usize::try_from(killed).unwrap() % 4].kill());
            }
        }
        for part in 0..fleet.parts.len() {
            if rng.below(3) > 0 {
                fleet.start(part);
            }
        }
        fleet.assert_safe();
        std::thread::sleep(Duration::from_millis(rng.below(300)));
    }
    println!("{saves} saves, {kills} kills");
    assert!(saves > 0 && kills > 0);
}

/// A seed that differs from run to run.
fn seed_of_now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::from(now.subsec_nanos())
}

/// A pseudorandom generator (SplitMix64).
struct Rng(u64);

impl Rng {
    /// A number below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// A process that can be killed and started again.
struct Restartable {
    start: Box<dyn Fn() -> Child>,
    child: Option<Child>,
}

impl Restartable {
    fn new(start: impl Fn() -> Child + 'static) -> Self {
        let start = Box::new(start);
        Self { start, child: None }
    }

    /// Starts the process. Returns false if it runs already.
    fn start(&mut self) -> bool {
        let runs = |child: &mut Child| child.try_wait().unwrap().is_none();
        let has_ended = !self.child.as_mut().is_some_and(runs);
        if has_ended {
            self.child = Some((self.start)());
        }
        has_ended
    }

    /// Kills the process. Returns false if it does not run.
    fn kill(&mut self) -> bool {
        let Some(mut child) = self.child.take() else {
            return false;
        };
        let _ = child.kill();
        let _ = child.wait();
        true
    }
}

impl Drop for Restartable {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server, two cores and the softphone. The server of the [`World`] runs first; this one replaces
/// it.
struct Fleet {
    parts: [Restartable; 4],
    /// The first part that is to run: the server is not started while that of the world runs.
    first: usize,
    sockets: [PathBuf; 2],
    /// The last known generation of both cores and the phone since their start. After a start, a
    /// core may run the generation before: it may have been killed before it saved the new one.
    ran: [u64; 3],
}

/// Positions in [`Fleet::parts`], with the cores in between.
const SERVER: usize = 0;
const PHONE: usize = 3;

impl Fleet {
    fn of(world: &World, program: PathBuf) -> Self {
        let folder = world.folder().to_owned();
        let [tftp, http, admin] = [world.server.tftp, world.server.http, world.server.admin]
            .map(|address| address.to_string());
        let urls = [format!("http://{http}"), format!("tftp://{tftp}")];
        let sandbox = folder.clone();
        let server = move || {
            let mut command = adr_tests::adrc(&sandbox);
            command.args(["serve", "--tftp", &tftp, "--http", &http, "--admin", &admin]);
            silence(command.args(PUBLISHING)).spawn().unwrap()
        };
        let core = |name: &'static str, url: &str| {
            let (sandbox, url) = (folder.clone(), url.to_owned());
            Restartable::new(move || start_core(&sandbox, name, &url))
        };
        let (sandbox, url) = (folder.clone(), urls[0].clone());
        let phone = move || phone::start(&program, &sandbox, &url);
        Self {
            parts: [
                Restartable::new(server),
                core("by-http", &urls[0]),
                core("by-tftp", &urls[1]),
                Restartable::new(phone),
            ],
            first: 1,
            sockets: ["by-http", "by-tftp"].map(|name| folder.join(name)),
            ran: [0; 3],
        }
    }

    fn start_all(&mut self) {
        (self.first..self.parts.len()).for_each(|part| self.start(part));
    }

    /// Starts a part unless it runs.
    fn start(&mut self, part: usize) {
        if self.parts[part].start() && part > SERVER {
            self.ran[part - 1] = 0;
        }
    }

    /// The result of a number from a core (0 or 1) or the phone (2); `None` while it does not run
    /// or answer.
    fn dialed(&mut self, which: usize, number: &str) -> Option<String> {
        match self.sockets.get(which) {
            Some(socket) => {
                let answer = ask(socket, &json!({ "verb": "dial", "number": number }))?;
                Some(answer["result"].as_str()?.to_owned())
            }
            None => {
                let phone = self.parts[PHONE].child.as_mut()?;
                Some(phone::dialed(phone, number).1)
            }
        }
    }

    /// The generation that a core or the phone runs; `None` while it does not run or answer.
    fn generation(&mut self, which: usize) -> Option<u64> {
        match self.sockets.get(which) {
            Some(socket) => {
                let answer = ask(socket, &json!({ "verb": "status" }))?;
                answer["status"]["generation"].as_u64()
            }
            None => {
                let phone = self.parts[PHONE].child.as_mut()?;
                Some(phone::dialed(phone, "911").0)
            }
        }
    }

    /// The generations of both cores and the phone, all of which must answer.
    fn generations(&mut self) -> [u64; 3] {
        [0, 1, 2].map(|which| self.generation(which).unwrap())
    }

    /// Waits until both cores and the phone dial with this prefix; restarts those that ended.
    fn until_all_dial(&mut self, prefix: usize) {
        let expected = Some(format!("{prefix}5551212"));
        let began = Instant::now();
        loop {
            self.start_all();
            let dialed = [0, 1, 2].map(|which| self.dialed(which, "5551212"));
            if dialed.iter().all(|result| *result == expected) {
                return;
            }
            assert!(
                began.elapsed() < CONVERGENCE_TIMEOUT,
                "dialed {dialed:?}, expected {expected:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asserts that each core that answers leaves 911 unchanged, dials other numbers by valid
    /// rules, and never returns to an older generation.
    fn assert_safe(&mut self) {
        for which in 0..3 {
            if let Some(emergency) = self.dialed(which, "911") {
                assert_eq!(emergency, "911");
            }
            if let Some(result) = self.dialed(which, "5551212") {
                let prefix = result.strip_suffix("5551212");
                let prefix = prefix.and_then(|prefix| prefix.parse::<u64>().ok());
                assert!(
                    prefix.is_some_and(|prefix| (1..=PREFIXES).contains(&prefix)),
                    "{which} dials {result}"
                );
            }
            if let Some(generation) = self.generation(which) {
                assert!(generation >= self.ran[which], "{generation} after {:?}", self.ran);
                self.ran[which] = generation;
            }
        }
    }
}
