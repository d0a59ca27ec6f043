//! `adrc doctor presence` against the zoo: servers with every defect, and a stand-in of Exchange.

mod certificates;
mod examination;
mod exchange;
mod network;
mod pairs;
mod record;
mod secrets;
mod seed;
