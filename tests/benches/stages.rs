//! Measures the stages of the compiler on a generated dial plan, and the work of clients with its
//! output.
//!
//! `cargo bench -p adr-tests --bench stages` measures; `-- --test` runs each bench once.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion writes the entry points; a benchmark panics on errors"
)]

use std::fmt::Write;
use std::hint::black_box;

use adr_diagnostic::Sources;
use adr_dialer::{Dialer, Scratch};
use adr_engine::{apply_into, clean, xml};
use adr_language::{Checked, EntryFile, Levels, ListKind, ReadError, World, load, parse};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

/// Rules of the generated dial plan: more than fit in the processor's first-level cache.
const RULES: u64 = 10_000;

/// A number that only the last rule matches, so that a scan compares every rule.
const LAST: &[u8] = b"2069993000";

criterion_group!(stages, language, files, numbers);
criterion_main!(stages);

fn language(criterion: &mut Criterion) {
    let text = text();
    let mut group = criterion.benchmark_group("language");
    group.throughput(Throughput::Elements(RULES));
    group.bench_function("parse", |bencher| {
        let mut sources = Sources::new();
        let id = sources.add("plan.adr", text.as_str());
        bencher.iter(|| parse(id, black_box(&text)));
    });
    group.bench_function("check and expand", |bencher| {
        let world = Memory(text.clone());
        let loaded = || load(&world, &[entry()]);
        bencher.iter_batched(
            loaded,
            |parsed| parsed.check(&Levels::default()),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn files(criterion: &mut Criterion) {
    let checked = checked();
    let plan = checked.plan().expect("a plan without errors");
    let rules = plan.default_view().list(ListKind::Application).rules();
    let file = xml::write(rules);
    let text = String::from_utf8(file.clone()).expect("UTF-8");
    let mut sources = Sources::new();
    let id = sources.add("AppDialRules.xml", text.as_str());

    let mut group = criterion.benchmark_group("files");
    group.throughput(Throughput::Bytes(file.len() as u64));
    group.bench_function("artifacts", |bencher| bencher.iter(|| plan.artifacts()));
    group.bench_function("write", |bencher| {
        bencher.iter(|| xml::write(black_box(rules)));
    });
    group.bench_function("read as a client", |bencher| {
        bencher.iter(|| xml::read_as_client(black_box(&file)));
    });
    group.bench_function("read strictly", |bencher| {
        bencher.iter(|| xml::read_strict(id, black_box(&text), &file));
    });
    group.finish();
}

fn numbers(criterion: &mut Criterion) {
    let checked = checked();
    let plan = checked.plan().expect("a plan without errors");
    let rules = plan.default_view().list(ListKind::Application).rules();
    let dialer = Dialer::new(rules);

    let mut group = criterion.benchmark_group("numbers");
    group.bench_function("apply, the reference", |bencher| {
        let mut result = Vec::new();
        bencher.iter(|| {
            result.clear();
            apply_into(rules, black_box(LAST), &mut result)
        });
    });
    group.bench_function("apply, the dialer", |bencher| {
        let mut scratch = Scratch::default();
        bencher.iter(|| dialer.dial(black_box(LAST), &mut scratch).result.len());
    });
    group.bench_function("build the dialer", |bencher| {
        bencher.iter(|| Dialer::new(black_box(rules)));
    });
    group.bench_function("clean", |bencher| {
        bencher.iter(|| clean(black_box(b"+1 (408) 555-1212")).len());
    });
    group.finish();
}

fn checked() -> Checked {
    load(&Memory(text()), &[entry()]).check(&Levels::default())
}

fn entry() -> EntryFile {
    EntryFile { path: "plan.adr".to_owned(), root: String::new() }
}

/// A dial plan with one rule per line, each with a different begins-with.
fn text() -> String {
    let mut text = String::from("emergency 911, 9911\napplication {\n");
    for rule in 0..RULES {
        let block = 2_000_000 + rule * 7;
        let _ = writeln!(
            text,
            "  rule \"block {block}\" {{ begins-with {block}; digits 10; remove 3; prefix 91 }}"
        );
    }
    text + "}\ntest { dial 911 -> unchanged }\n"
}

/// A world of one file.
struct Memory(String);

impl World for Memory {
    fn read(&self, _: &str) -> Result<Vec<u8>, ReadError> {
        Ok(self.0.clone().into_bytes())
    }
}
