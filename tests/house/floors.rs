//! An arrow between our crates goes only to a strictly lower floor.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::no_complaints;

/// A crate of the workspace.
struct House {
    /// Name and floor of every crate.
    floors: BTreeMap<String, u64>,
    /// Who depends on whom: normal, build and dev dependencies alike.
    arrows: Vec<(String, String)>,
}

#[test]
fn arrows_go_down() {
    let house = house();
    assert!(house.floors.len() > 2, "{:?}", house.floors);
    no_complaints(&upward_arrows(&house));
}

#[test]
fn an_upward_arrow_is_seen() {
    let floors = [("low", 1), ("also-low", 1), ("high", 2)];
    let arrows = [("low", "high"), ("low", "also-low"), ("high", "low")];
    let house = House {
        floors: floors.map(|(name, floor)| (name.to_owned(), floor)).into(),
        arrows: arrows
            .map(|(from, to)| (from.to_owned(), to.to_owned()))
            .into(),
    };
    assert_eq!(upward_arrows(&house).len(), 2);
}

#[test]
fn the_architecture_page_tells_the_floors() {
    let told = floors_told(&adr_tests::text("docs/architecture.md"));
    assert_eq!(told, house().floors, "table of docs/architecture.md");
}

fn upward_arrows(house: &House) -> Vec<String> {
    let up = |(from, to): &&(String, String)| house.floors[from] <= house.floors[to];
    let complain = |(from, to): &(String, String)| {
        let (here, there) = (house.floors[from], house.floors[to]);
        format!("{from} on floor {here} depends on {to} on floor {there}")
    };
    house.arrows.iter().filter(up).map(complain).collect()
}

fn house() -> House {
    let packages = adr_tests::packages();
    let floors: BTreeMap<String, u64> = packages.iter().map(floor).collect();
    let arrows = packages.iter().flat_map(arrows).collect::<Vec<_>>();
    let arrows = arrows.into_iter().filter(|(_, to)| floors.contains_key(to));
    House {
        arrows: arrows.collect(),
        floors,
    }
}

fn floor(package: &Value) -> (String, u64) {
    let floor = package["metadata"]["adr"]["floor"].as_u64();
    let name = text(&package["name"]);
    let floor = floor.unwrap_or_else(|| panic!("{name} tells no floor in its Cargo.toml"));
    (name, floor)
}

fn arrows(package: &Value) -> Vec<(String, String)> {
    let dependencies = package["dependencies"].as_array().expect("a list");
    let arrow = |dependency: &Value| (text(&package["name"]), text(&dependency["name"]));
    dependencies.iter().map(arrow).collect()
}

/// Rows `| floor | folder | package | … |` of the table.
fn floors_told(page: &str) -> BTreeMap<String, u64> {
    let row = |line: &str| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let floor = cells.next()?.parse().ok()?;
        let package = cells.nth(1)?.trim_matches('`').to_owned();
        Some((package, floor))
    };
    page.lines().filter_map(row).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
