//! The alert rules for Prometheus and the dashboard for Grafana, which the Debian package has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use adr_kit::needs;
use regex::Regex;
use serde_json::Value;

use super::promtool;
use super::server_process::ServerProcess;

const FOLDER: &str = "compiler/cli/package/monitoring";

/// The page that describes every metric and every alert.
const PAGE: &str = "docs/reference/metrics.md";

/// A name of a metric of adrc.
static METRIC: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\badrc_[a-z_]+").expect("a pattern"));

/// Metrics that only a server with `--cucm` has.
const OF_CUCM: &str = "adrc_cucm_";

fn file(name: &str) -> String {
    adr_tests::text(&format!("{FOLDER}/{name}"))
}

/// The metrics of a text, without the suffixes of the series of a histogram.
fn metrics(text: &str) -> BTreeSet<String> {
    let base = |name: &str| {
        let histogram = name.strip_suffix("_bucket").or(name.strip_suffix("_sum"));
        histogram.or(name.strip_suffix("_count")).unwrap_or(name).to_owned()
    };
    METRIC.find_iter(text).map(|found| base(found.as_str())).collect()
}

/// The metrics in the first column of the tables of the page.
fn documented() -> BTreeSet<String> {
    let page = adr_tests::text(PAGE);
    let rows = page.lines().filter(|line| line.starts_with("| `adrc_"));
    rows.map(|row| METRIC.find(row).expect("a metric").as_str().to_owned()).collect()
}

/// The names of all alerts in a text, by the words before each.
fn alerts(text: &str, before: &str) -> Vec<String> {
    let found = text.lines().filter_map(|line| line.trim_start().strip_prefix(before));
    let end = |rest: &str| {
        rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned()
    };
    found.map(end).collect()
}

fn panels() -> Vec<Value> {
    let dashboard: Value = serde_json::from_str(&file("adrc-dashboard.json")).expect("JSON");
    dashboard["panels"].as_array().expect("panels").clone()
}

/// The panels that draw something.
fn graphs() -> Vec<Value> {
    panels().into_iter().filter(|panel| panel["type"] != "row").collect()
}

#[test]
fn alert_rules_pass_promtool_and_their_unit_tests() {
    if !promtool::is_there() {
        return;
    }
    let folder = adr_tests::root().join(FOLDER);
    for arguments in
        [["check", "rules", "adrc.rules.yml"], ["test", "rules", "adrc.rules.test.yml"]]
    {
        let (is_ok, text) = promtool::run(&folder, &arguments, "");
        assert!(is_ok && text.contains("SUCCESS"), "{arguments:?}: {text}");
    }
}

/// Grafana fills in the variables of a dashboard; here they have values as it sets them.
#[test]
fn queries_of_the_dashboard_pass_promtool() {
    if !promtool::is_there() {
        return;
    }
    let mut rules = String::from("groups:\n- name: dashboard\n  rules:\n");
    for (at, expression) in expressions().iter().enumerate() {
        let expression = expression
            .replace("$__rate_interval", "5m")
            .replace("$job", "adrc")
            .replace("$instance", ".*");
        let quoted = serde_json::to_string(&expression).expect("a text");
        rules += &format!("  - record: query:{at}\n    expr: {quoted}\n");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("queries.yml"), &rules).unwrap();
    let (is_ok, text) = promtool::run(folder.path(), &["check", "rules", "queries.yml"], "");
    assert!(is_ok, "{text}\n{rules}");
}

/// Every query of the dashboard.
fn expressions() -> Vec<String> {
    let graphs = graphs();
    let targets = graphs.iter().flat_map(|panel| panel["targets"].as_array().expect("targets"));
    let expression = |target: &Value| target["expr"].as_str().expect("a query").to_owned();
    targets.map(expression).collect()
}

#[test]
fn rules_and_dashboard_name_documented_metrics_only() {
    let documented = documented();
    assert!(documented.len() > 20, "{documented:?}");
    for name in ["adrc.rules.yml", "adrc.rules.test.yml", "adrc-dashboard.json"] {
        let unknown: Vec<_> = metrics(&file(name)).difference(&documented).cloned().collect();
        assert!(unknown.is_empty(), "{name}: {PAGE} does not describe {unknown:?}");
    }
}

#[test]
fn every_alert_is_described_and_tested() {
    let rules = alerts(&file("adrc.rules.yml"), "- alert: ");
    let described = alerts(&adr_tests::text(PAGE), "| `Adrc");
    let described: Vec<_> = described.iter().map(|name| format!("Adrc{name}")).collect();
    assert_eq!(described, rules, "the table of alerts in {PAGE}");
    let tested: BTreeSet<_> =
        alerts(&file("adrc.rules.test.yml"), "alertname: ").into_iter().collect();
    assert_eq!(tested, rules.iter().cloned().collect(), "adrc.rules.test.yml");
    let text = file("adrc.rules.yml");
    for part in ["summary: ", "description: ", "severity: "] {
        assert_eq!(text.matches(part).count(), rules.len(), "{part}");
    }
}

#[test]
fn panels_of_the_dashboard_have_titles_units_and_places() {
    let mut places: BTreeMap<(u64, u64), String> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for panel in panels() {
        let title = panel["title"].as_str().unwrap_or_default().to_owned();
        assert!(!title.is_empty(), "{panel}");
        assert!(ids.insert(panel["id"].as_u64()), "{title}: its id is that of another panel");
        let at = |key: &str| panel["gridPos"][key].as_u64().expect("a number");
        assert!(at("x") + at("w") <= 24, "{title}: wider than the dashboard");
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                let other = places.insert((x, y), title.clone());
                assert_eq!(other, None, "{title}: over another panel");
            }
        }
    }
    for panel in graphs() {
        let title = &panel["title"];
        for (what, value) in [
            ("unit", &panel["fieldConfig"]["defaults"]["unit"]),
            ("description", &panel["description"]),
        ] {
            assert!(value.as_str().is_some_and(|text| !text.is_empty()), "{title}: no {what}");
        }
        for target in panel["targets"].as_array().expect("targets") {
            let expression = target["expr"].as_str().expect("a query");
            let has_metric = expression.contains("up{") || METRIC.is_match(expression);
            assert!(has_metric, "{title}: {expression}");
            for variable in ["$job", "$instance"] {
                assert!(expression.contains(variable), "{title}: {expression}");
            }
            assert!(target["legendFormat"].as_str().is_some_and(|it| !it.is_empty()), "{title}");
        }
    }
}

/// The metrics of a running server are those of the page, except for those about CUCM.
#[test]
fn served_metrics_are_the_documented_ones() {
    needs!("curl");
    let sandbox = tempfile::tempdir().unwrap();
    let path = |name: &str| sandbox.path().join(name);
    fs::write(
        path("plan.adr"),
        "application { rule \"a\" { begins-with 5; digits 7; prefix 9 } }\n",
    )
    .unwrap();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    fs::write(path("cert.pem"), made.cert.pem()).unwrap();
    fs::write(path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let settings =
        "https = \"127.0.0.1:0\"\ntls = { certificate = \"cert.pem\", key = \"key.pem\" }\n";
    fs::write(path("adrc.toml"), settings).unwrap();
    let output = adr_tests::adrc(sandbox.path()).args(["key", "new", "signer"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let cluster = ["--cluster", "file:shared"];
    let mut prepare = adr_tests::adrc(sandbox.path());
    let output = prepare.args(["cluster", "init"]).args(cluster).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let arguments = ["plan.adr", "--publish=published", "--config=adrc.toml", "--sign=signer"];
    let arguments = [&arguments[..], &["--valid-for=90days"], &cluster].concat();
    let server = ServerProcess::start(sandbox.path(), &arguments);
    let text = server.admin(&["/metrics"]).body;
    let named = |line: &str| Some(line.strip_prefix("# TYPE ")?.split(' ').next()?.to_owned());
    let served: BTreeSet<_> = text.lines().filter_map(named).collect();
    let expected = documented().into_iter().filter(|name| !name.starts_with(OF_CUCM));
    assert_eq!(served, expected.collect(), "{text}");
}
