//! The commands, one file each.

pub(crate) mod apply;
pub(crate) mod check;
pub(crate) mod cluster;
pub(crate) mod compile;
pub(crate) mod completions;
pub(crate) mod core;
pub(crate) mod coverage;
pub(crate) mod deploy;
pub(crate) mod dial;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod invert;
pub(crate) mod key;
pub(crate) mod man;
pub(crate) mod new;
pub(crate) mod optimize;
pub(crate) mod plan;
pub(crate) mod presence;
pub(crate) mod prove;
pub(crate) mod provision;
pub(crate) mod push;
pub(crate) mod reload;
pub(crate) mod rollback;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod test;
pub(crate) mod watch;

use adr_language::ListKind;

use crate::arguments::{Arguments, Verb};
use crate::console::Console;
use crate::failure::{Failure, Status};

/// Runs a command to its end.
pub(crate) fn run(verb: Verb, console: &Console) -> Result<Status, Failure> {
    match verb {
        Verb::Check(check) => check.run(console),
        Verb::Cluster(cluster) => cluster.run(console),
        Verb::Compile(compile) => compile.run(console),
        Verb::Watch(watch) => watch.run(console),
        Verb::Plan(plan) => plan.run(console),
        Verb::Apply(apply) => apply.run(console),
        Verb::History(history) => history.run(console),
        Verb::Rollback(rollback) => rollback.run(console),
        Verb::Deploy(deploy) => deploy.run(console),
        Verb::Doctor(doctor) => doctor.run(console),
        Verb::Fmt(fmt) => fmt.run(console),
        Verb::Dial(dial) => dial.run(ListKind::Application, console),
        Verb::Lookup(lookup) => lookup.run(ListKind::Lookup, console),
        Verb::Coverage(coverage) => coverage.run(console),
        Verb::Diff(diff) => diff.run(console),
        Verb::Optimize(optimize) => optimize.run(console),
        Verb::Invert(invert) => invert.run(console),
        Verb::Presence(presence) => presence.run(console),
        Verb::Prove(prove) => prove.run(console),
        Verb::Provision(provision) => provision.run(console),
        Verb::Push(push) => push.run(console),
        Verb::Serve(serve) => serve.run(console),
        Verb::Test(test) => test.run(console),
        Verb::Explain(explain) => explain.run(console),
        Verb::Import(import) => import.run(console),
        Verb::New(new) => new.run(console),
        Verb::Core(core) => core.run(console),
        Verb::Reload(reload) => reload.run(console),
        Verb::Status(status) => status.run(console),
        Verb::Key(key) => key.run(console),
        Verb::Completions(completions) => completions.run(Arguments::documented(), console),
        Verb::Man(man) => man.run(Arguments::documented(), console),
    }
}
