//! Everything together: a server that watches, a core by HTTP, one by TFTP, and a softphone in C.
//! Rules are saved, broken and rolled back; then everything is killed at random for a minute, and
//! all come together again.

use adr_kit::needs;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use adr_kit::process::silence;
use serde_json::json;

use super::phone;
use super::world::{DANGEROUS, PUBLISHING, World, ask, rules, start_core};

/// How long everybody may take to come together: a core that lost its server often in a row waits
/// up to five minutes.
const CONVERGENCE_TIMEOUT: Duration = Duration::from_secs(900);

/// Prefixes of rules that are saved while everything is killed; 9 is saved at the end.
const PREFIXES: u64 = 8;

#[test]
fn cores_converge_after_random_kills() {
    needs!("curl", "cc");
    // an address of its own, on which nobody takes a port between a kill and the next start
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
    let names_it = |finding: &serde_json::Value| {
        let finding = finding["finding"].as_str().unwrap_or_default();
        finding.contains("emergency-rewritten") && finding.contains("plan.adr:3")
    };
    assert!(findings.iter().any(names_it), "{findings:?}");
    fleet.assert_safe();
    assert_eq!(fleet.generations(), before, "nothing changes for anybody");
    world.save(&rules(3));
    fleet.until_all_dial(3);
    // somebody rolls back by hand, and the rules that were rolled back stay away
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
    let told = world.adrc(&format!("publish rules -o published --wait 600s --admin {admin}"));
    assert!(told.status.success(), "{told:?}");
    assert!(world.adrc("check published").status.success());
    let generations = fleet.generations();
    assert!(generations.iter().all(|one| *one == generations[0]), "{generations:?}");
}

/// Saves, breaks and rolls back, and kills what is running, in an order that a seed decides.
fn kill_for_a_while(world: &World, fleet: &mut Fleet) {
    let mut chance = Chance(adr_kit::optional::seed().unwrap_or_else(some_seed));
    println!("to do the same again: ADR_SEED={}", chance.0);
    let time = Duration::from_secs(if adr_kit::optional::is_long() { 600 } else { 60 });
    let (mut saves, mut kills) = (0, 0);
    let began = Instant::now();
    while began.elapsed() < time {
        match chance.below(10) {
            0..=2 => {
                let prefix = usize::try_from(1 + chance.below(PREFIXES)).unwrap();
                world.save(&rules(prefix));
                saves += 1;
            }
            3 => world.save(DANGEROUS),
            // 2 where there is nothing to go back to, 3 while the server publishes
            4 => drop(world.adrc("rollback --publish published --keep 100")),
            killed => {
                kills += usize::from(fleet.parts[usize::try_from(killed).unwrap() % 4].kill());
            }
        }
        for part in 0..fleet.parts.len() {
            if chance.below(3) > 0 {
                fleet.start(part);
            }
        }
        fleet.assert_safe();
        std::thread::sleep(Duration::from_millis(chance.below(300)));
    }
    println!("{saves} saves, {kills} kills");
    assert!(saves > 0 && kills > 0);
}

fn some_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::from(now.subsec_nanos())
}

/// Chance that repeats itself for an equal seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// A process that is killed and started again.
struct Restartable {
    start: Box<dyn Fn() -> Child>,
    child: Option<Child>,
}

impl Restartable {
    fn new(start: impl Fn() -> Child + 'static) -> Self {
        let start = Box::new(start);
        Self { start, child: None }
    }

    /// Starts it; false where it runs.
    fn start(&mut self) -> bool {
        let runs = |child: &mut Child| child.try_wait().unwrap().is_none();
        let has_ended = !self.child.as_mut().is_some_and(runs);
        if has_ended {
            self.child = Some((self.start)());
        }
        has_ended
    }

    /// Kills it in the middle of whatever it does; false where nothing runs.
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

/// The server, once the one of the world was halted; two cores; and the phone.
struct Fleet {
    parts: [Restartable; 4],
    /// The first of them that is to run.
    first: usize,
    sockets: [PathBuf; 2],
    /// What each of the three that dial ran when it was looked at last, since its start: a core
    /// that is killed between the exchange of its rules and that of its copy begins with the copy
    /// before.
    ran: [u64; 3],
}

/// Where they lie among the parts, with the cores in between.
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

    fn start(&mut self, part: usize) {
        if self.parts[part].start() && part > SERVER {
            self.ran[part - 1] = 0;
        }
    }

    /// What the one or the other of the three dials; `None` while it does not run or does not
    /// answer.
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

    /// What all three run; all of them are there.
    fn generations(&mut self) -> [u64; 3] {
        [0, 1, 2].map(|which| self.generation(which).unwrap())
    }

    /// Until all three dial by the rules with this prefix; starts those again that ended.
    fn until_all_dial(&mut self, prefix: usize) {
        let expected = Some(format!("{prefix}5551212"));
        let began = Instant::now();
        loop {
            self.start_all();
            let dialed = [0, 1, 2].map(|which| self.dialed(which, "5551212"));
            if dialed.iter().all(|result| *result == expected) {
                return;
            }
            assert!(began.elapsed() < CONVERGENCE_TIMEOUT, "{dialed:?}, and not {expected:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Each core that answers dials 911 as 911 and everything else by rules that were good, and
    /// never by older ones than before.
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
