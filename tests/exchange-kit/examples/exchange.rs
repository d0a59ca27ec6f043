//! Runs a stand-in for Exchange until it is killed, to try commands by hand.
//!
//! ```sh
//! cargo run -p adr-exchange-kit --example exchange -- right localhost trust/
//! ```
//!
//! The arguments are the name of a certificate's property as [`Specimen`] has it, the name of the
//! server, and a folder into which the uploaded certificates are written. Standard output has the
//! port.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an example for people who test: it reads its arguments, and prints"
)]

use std::io::Write as _;
use std::path::PathBuf;

use adr_exchange_kit::{ExchangeStandIn, Specimen};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or("Right".to_owned());
    let host = arguments.next().unwrap_or("localhost".to_owned());
    let mut all = Specimen::ALL.into_iter();
    let specimen = all.find(|one| format!("{one:?}").eq_ignore_ascii_case(&name)).unwrap();
    let identity = specimen.identity(&host).unwrap();
    if let Some(folder) = arguments.next().map(PathBuf::from) {
        std::fs::create_dir_all(&folder).unwrap();
        identity.upload(&folder);
    }
    let exchange = ExchangeStandIn::start(&identity);
    println!("{}", exchange.address().port());
    std::io::stdout().flush().unwrap();
    let mut seen = 0;
    loop {
        std::thread::sleep(std::time::Duration::from_millis(200));
        for entry in exchange.log().into_iter().skip(seen) {
            println!("{entry:?}");
            seen += 1;
        }
    }
}
