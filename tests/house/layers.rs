//! A crate of the workspace depends only on crates of lower layers.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::no_complaints;

/// The crates of the workspace and their dependencies on each other.
struct Workspace {
    /// Name and layer of every crate.
    layers: BTreeMap<String, u64>,
    /// Pairs of a crate and one that it depends on; normal, build and dev dependencies.
    dependencies: Vec<(String, String)>,
}

#[test]
fn crate_depends_on_lower_layers_only() {
    let workspace = workspace();
    assert!(workspace.layers.len() > 2, "{:?}", workspace.layers);
    no_complaints(&upward_dependencies(&workspace));
}

#[test]
fn dependency_on_the_same_or_a_higher_layer_is_reported() {
    let layers = [("low", 1), ("also-low", 1), ("high", 2)];
    let dependencies = [("low", "high"), ("low", "also-low"), ("high", "low")];
    let workspace = Workspace {
        layers: layers.map(|(name, layer)| (name.to_owned(), layer)).into(),
        dependencies: dependencies.map(|(from, to)| (from.to_owned(), to.to_owned())).into(),
    };
    assert_eq!(upward_dependencies(&workspace).len(), 2);
}

#[test]
fn architecture_page_lists_the_layers() {
    let documented = documented_layers(&adr_tests::text("docs/contributing/architecture.md"));
    assert_eq!(documented, workspace().layers, "table of docs/contributing/architecture.md");
}

fn upward_dependencies(workspace: &Workspace) -> Vec<String> {
    let up = |(from, to): &&(String, String)| workspace.layers[from] <= workspace.layers[to];
    let complain = |(from, to): &(String, String)| {
        let (here, there) = (workspace.layers[from], workspace.layers[to]);
        format!(
            "{from} on layer {here} depends on {to} on layer {there}; depend on lower layers only"
        )
    };
    workspace.dependencies.iter().filter(up).map(complain).collect()
}

fn workspace() -> Workspace {
    let packages = adr_tests::packages();
    let layers: BTreeMap<String, u64> = packages.iter().map(layer).collect();
    let all = packages.iter().flat_map(dependencies).collect::<Vec<_>>();
    let inside = all.into_iter().filter(|(_, to)| layers.contains_key(to));
    Workspace { dependencies: inside.collect(), layers }
}

fn layer(package: &Value) -> (String, u64) {
    let layer = package["metadata"]["adr"]["layer"].as_u64();
    let name = text(&package["name"]);
    let layer = layer.unwrap_or_else(|| panic!("{name} names no layer in its Cargo.toml"));
    (name, layer)
}

fn dependencies(package: &Value) -> Vec<(String, String)> {
    let dependencies = package["dependencies"].as_array().expect("a list");
    let pair = |dependency: &Value| (text(&package["name"]), text(&dependency["name"]));
    dependencies.iter().map(pair).collect()
}

/// Rows `| layer | folder | package | … |` of the table.
fn documented_layers(page: &str) -> BTreeMap<String, u64> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let layer = cells.next()?.parse().ok()?;
        let package = cells.nth(1)?.trim_matches('`').to_owned();
        Some((package, layer))
    };
    page.lines().filter_map(row).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
