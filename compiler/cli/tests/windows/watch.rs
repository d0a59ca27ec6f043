//! `adrc watch` in a console.

use super::harness::{Sandbox, other_plan};

#[test]
fn watch_publishes_each_save_until_a_key_ends_it() {
    let sandbox = Sandbox::with_plan();
    let watch = sandbox.console("watch plan.adr --publish published");
    sandbox.eventually("publishes", || sandbox.log().contains("published generation 1"));
    sandbox.write("plan.adr", b"application {");
    sandbox.eventually("rejects", || sandbox.log().contains("the rules have errors"));
    sandbox.write("plan.adr", other_plan().replace('\n', "\r\n").as_bytes());
    sandbox.eventually("publishes", || sandbox.log().contains("published generation 2"));
    assert_eq!(sandbox.read("published/current"), "generations/2\n");
    let rules = sandbox.read("published/generations/2/CUPC/AppDialRules.xml");
    assert!(rules.contains("PrefixWith=\"8\""), "{rules}");
    assert_eq!(watch.end(), 0, "{}", sandbox.log());
}
