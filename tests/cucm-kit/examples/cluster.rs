//! Runs a stand-in for CUCM until it is killed, to try commands by hand and to measure them.
//!
//! ```sh
//! cargo run -p adr-cucm-kit --example cluster -- 10000 > adrc.toml
//! ADRC_CUCM_USER=axladmin ADRC_CUCM_PASSWORD=axladmin-secret adrc check cucm://lab
//! ```
//!
//! The first argument is the number of application dial rules, the second one the number of writes
//! that the stand-in accepts in a minute. Standard output has the table of the cluster for
//! adrc.toml.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an example for people who test: it reads its arguments, and prints"
)]

use std::io::Write;
use std::time::Duration;

use adr_cucm_kit::{CucmStandIn, Pattern, RateLimit, Rule, RuleKind};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|count| count.parse().unwrap());
    let count = arguments.next().unwrap_or(10);
    let cucm = CucmStandIn::start();
    for at in 0..count {
        let begins_with = (10_000 + at).to_string();
        let rule = Rule::new(&format!("Rule {at}"), &begins_with, [11, 5], "9").priority(at + 1);
        cucm.state().add_rule(RuleKind::Application, rule);
    }
    cucm.state().axl.write_limit = arguments.next().map(|writes| {
        let writes = usize::try_from(writes).unwrap();
        RateLimit::new(writes, Duration::from_secs(60))
    });
    cucm.state().route_patterns = vec![Pattern::new("9.911", "Emergency").emergency()];
    println!("[cucm.lab]");
    println!("publisher = \"{}\"", cucm.address());
    println!("fingerprint = \"{}\"", cucm.fingerprint());
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park();
    }
}
