//! Tests of how reports are stored and read.

use super::*;

fn report(names: &[&str]) -> NodeReport {
    let rows = names.iter().map(|name| {
        let row = serde_json::json!({
            "client": name, "address": null, "state": "current", "generation": 7, "sha256": "",
            "version": "v".repeat(1_000), "last_seen_seconds": 0, "reason": "é".repeat(5_000),
        });
        serde_json::from_value(row).unwrap()
    });
    NodeReport {
        format_version: NodeReport::FORMAT_VERSION,
        node: "tftp1".to_owned(),
        tool: String::new(),
        reported: 0,
        has_ended: false,
        clients: Clients { rows: rows.collect(), ..Clients::default() },
    }
}

#[test]
fn rows_that_no_node_writes_are_left_out_and_long_texts_are_cut() {
    let long = "a".repeat(1_000);
    let body = compressed(&report(&["core-00000001", "../x", &long])).unwrap();
    let read = decompressed(&body, "tftp1", &Budget::new()).unwrap();
    let [row] = read.clients.rows.as_slice() else { panic!("{:?}", read.clients.rows) };
    assert_eq!(row.client, "core-00000001");
    assert_eq!(row.version.chars().count(), VERSION_CHARACTERS);
    assert_eq!(row.reason.chars().count(), REASON_CHARACTERS);
}

#[test]
fn report_that_is_too_long_is_its_summary() {
    let mut long = report(&["core-00000001"]);
    long.clients.matching = 1;
    let stored = |body| Stored { summary: without_rows(&long), stored: 0, body };
    let body = compressed(&long);
    assert_eq!(stored(body.clone()).open(&Budget::new()).clients.rows.len(), 1);
    for (body, budget) in [(body, Budget::of(100, 1)), (None, Budget::new())] {
        let opened = stored(body).open(&budget);
        assert_eq!((opened.clients.rows.len(), opened.clients.matching), (0, 1));
    }
}

#[test]
fn all_reports_share_a_budget() {
    let body = compressed(&report(&["core-00000001", "core-00000002"])).unwrap();
    let rows = Budget::of(u64::MAX, 3);
    assert!(decompressed(&body, "tftp1", &rows).is_some());
    assert!(decompressed(&body, "tftp1", &rows).is_none(), "one row is left");
    let bytes = Budget::of(20_000, u64::MAX);
    assert!(decompressed(&body, "tftp1", &bytes).is_none(), "the report is longer");
    assert_eq!(bytes.take(1, 0), None, "and used up what was left");
}

#[test]
fn sums_are_beside_few_rows_only() {
    let names: Vec<String> = (0..500_u64)
        .map(|at| format!("core-{:016x}", at.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (few, parts) in [(&names[..1], 1), (&names[..], 2)] {
        let encoded = Encoded::of(&report(few)).unwrap();
        assert_eq!(encoded.parts.len(), parts);
        assert!(encoded.parts[0].len() < 2 * SHORT_BYTES, "{}", encoded.parts[0].len());
        let (head, first) = head_of(&encoded.parts[0], "tftp1").unwrap();
        assert_eq!((head.parts, first.is_empty()), (parts, parts > 1));
    }
}
