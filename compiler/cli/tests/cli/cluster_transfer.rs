//! `adrc cluster import` and `export`: what happens to damaged generations, to long histories and
//! to signatures.

use super::cluster::{done, generations, plans, replace};
use super::sandbox::Sandbox;

/// A damaged file of a generation.
fn damage(sandbox: &Sandbox, folder: &str, generation: u64) {
    let name = format!("{folder}/generations/{generation}/AppDialRules.xml");
    replace(&sandbox.path(&name), b"<broken/>");
}

#[test]
fn import_copies_a_history_that_is_longer_than_the_default() {
    let sandbox = plans();
    for at in 0..14 {
        let plan = ["7.adr", "8.adr", "9.adr"][at % 3];
        done(&sandbox, &format!("compile {plan} -o published --keep 100"));
    }
    let copied = done(&sandbox, "cluster import published --cluster file:shared");
    assert_eq!(copied, "shared: copied 14 generations, generation 14 is current\n");
    let all: Vec<u64> = (1..=14).rev().collect();
    assert_eq!(generations(&sandbox, "--cluster file:shared"), all);
}

#[test]
fn import_leaves_out_a_damaged_older_generation_and_says_so() {
    let sandbox = plans();
    for plan in ["9.adr", "8.adr", "7.adr"] {
        done(&sandbox, &format!("compile {plan} -o published"));
    }
    damage(&sandbox, "published", 2);
    let import = "cluster import published --cluster file:shared";
    let copied = done(&sandbox, import);
    assert!(copied.contains("warning: published: generation 2 is left out: "), "{copied}");
    assert!(copied.ends_with("shared: copied 2 generations, generation 3 is current\n"));
    assert_eq!(generations(&sandbox, "--cluster file:shared"), [3, 1]);
    done(&sandbox, import);
    damage(&sandbox, "published", 3);
    let ran = sandbox.run("cluster import published --cluster file:other");
    assert!(ran.status == 2 && !sandbox.path("other/current").exists(), "{ran:?}");
}

#[test]
fn export_of_a_damaged_generation_fails_and_history_names_it() {
    let sandbox = plans();
    for plan in ["9.adr", "8.adr", "7.adr"] {
        done(&sandbox, &format!("compile {plan} --cluster file:shared"));
    }
    damage(&sandbox, "shared", 2);
    for _ in 0..2 {
        let ran = sandbox.run("cluster export backup --cluster file:shared");
        assert_eq!(ran.status, 2, "{ran:?}");
        let part = "backup: the copy is not complete: generation 2 is damaged there: ";
        assert!(ran.stderr.contains(part), "{ran:?}");
    }
    assert_eq!(generations(&sandbox, "--publish backup"), [3, 1]);
    let history = done(&sandbox, "history --cluster file:shared");
    assert!(history.contains("warning: shared: generation 2 is damaged there: "), "{history}");
}

/// The cluster removes what exceeds `--keep`, and a backup does not.
#[test]
fn export_adds_to_a_folder_and_removes_nothing() {
    let sandbox = plans();
    let publish = |plans: [&str; 3]| {
        for plan in plans {
            done(&sandbox, &format!("compile {plan} --cluster file:shared --keep 3"));
        }
    };
    publish(["9.adr", "8.adr", "7.adr"]);
    done(&sandbox, "cluster export backup --cluster file:shared");
    publish(["9.adr", "8.adr", "7.adr"]);
    assert_eq!(generations(&sandbox, "--cluster file:shared"), [6, 5, 4]);
    let copied = done(&sandbox, "cluster export backup --cluster file:shared");
    assert_eq!(copied, "backup: copied 3 generations, generation 6 is current\n");
    assert_eq!(generations(&sandbox, "--publish backup"), [6, 5, 4, 3, 2, 1]);
}

#[test]
fn import_says_that_signatures_are_for_another_folder() {
    let sandbox = plans();
    done(&sandbox, "key new signer");
    done(&sandbox, "compile 9.adr -o published --sign signer");
    let said = done(&sandbox, "cluster import published --cluster file:shared");
    let expected = "is signed for `published`, and this cluster signs for `shared`";
    assert!(said.contains(expected) && said.contains("--folder shared"), "{said}");
    done(&sandbox, "cluster init --cluster file:on/published");
    let same = done(&sandbox, "cluster import published --cluster file:on/published");
    assert_eq!(same, "on/published: copied 1 generation, generation 1 is current\n");
}

#[test]
fn errors_name_the_cluster_and_not_a_folder_of_this_run() {
    let sandbox = plans();
    done(&sandbox, "key new signer");
    done(&sandbox, "compile 9.adr --cluster file:shared --sign signer");
    let ran = sandbox.run("compile 8.adr --cluster file:shared");
    let expected = "error: shared: the current generation is signed";
    assert!(ran.status == 2 && ran.stderr.starts_with(expected), "{ran:?}");
    let ran = sandbox.run("rollback 7 --cluster file:shared --sign signer");
    assert!(ran.status == 2 && ran.stderr.starts_with("error: shared: "), "{ran:?}");
}
