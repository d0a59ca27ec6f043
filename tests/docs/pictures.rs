//! Pictures in the docs that adrc draws.

use std::fs;

/// The drawing of `adrc coverage` for the example company, which the README shows.
#[test]
fn coverage_picture_of_the_company_equals_the_current_drawing() {
    let folder = tempfile::tempdir().unwrap();
    let plan = adr_tests::root().join("rules/examples/company");
    let picture = folder.path().join("coverage.svg");
    let mut command = adr_tests::adrc(folder.path());
    command.arg("coverage").arg(plan).arg("-o").arg(&picture);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let drawing = fs::read(picture).unwrap();
    adr_tests::golden("docs/images/coverage.svg", &drawing).unwrap();
}
