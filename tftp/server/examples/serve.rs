//! Serves a published folder by TFTP and HTTP until its input ends.
//!
//! ```text
//! adrc compile rules/examples/company --publish published
//! cargo run -p adr-server --example serve -- published
//! curl http://127.0.0.1:6970/CUPC/AppDialRules.xml
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for a terminal: it reads its arguments and prints its addresses"
)]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adr_server::{Parts, Server, Settings, Store, load};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: serve FOLDER")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(folder))
}

async fn serve(folder: PathBuf) -> Result<(), Box<dyn Error>> {
    // The files of a generation are in memory, and each one matches its hash in the manifest.
    let store = Arc::new(Store::new(load(&folder)?));
    let settings = Settings {
        tftp: vec!["127.0.0.1:6969".parse()?],
        http: vec!["127.0.0.1:6970".parse()?],
        ..Settings::default()
    };
    let parts = Parts::new(&settings, Arc::clone(&store))?;
    let server = Server::start(settings, parts)?;
    println!("listening on {:?}", server.addresses());
    println!("Enter loads the folder again, end of input ends the server");

    while tokio::task::spawn_blocking(has_line).await? {
        match load(&folder) {
            // Transfers in progress keep the generation with which they began.
            Ok(generation) => drop(store.swap(generation)),
            Err(error) => println!("the previous generation stays: {error}"),
        }
    }
    let canceled = server.shutdown(Duration::from_secs(10)).await;
    println!("{canceled} transfers canceled");
    Ok(())
}

/// Waits for a line of input; `false` at its end.
fn has_line() -> bool {
    std::io::stdin().read_line(&mut String::new()).is_ok_and(|bytes| bytes > 0)
}
