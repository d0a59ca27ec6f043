//! Queries for the tables of rules and patterns.

use adr_cucm_kit::{CucmStandIn, Pattern, Rule, RuleKind};

use crate::client::Agent;
use crate::tree::Tree;

/// The rows of a query: the values of each, separated by `|`. The code of a fault in braces.
fn rows(agent: &Agent<'_>, sql: &str) -> Vec<String> {
    let sql = sql.replace('<', "&lt;");
    let (_, text) = agent.call("executeSQLQuery", &format!("<sql>{sql}</sql>"));
    let answer = Tree::read(&text);
    if let Some(code) = answer.find("axlcode") {
        return vec![format!("{{{}}}", code.text)];
    }
    let row = |row: &&Tree| {
        let cells = row.children.iter().map(|cell| cell.text.as_str());
        cells.collect::<Vec<_>>().join("|")
    };
    answer.all("row").iter().map(row).collect()
}

fn cluster() -> CucmStandIn {
    let cucm = CucmStandIn::start();
    {
        let mut state = cucm.state();
        let rule = |name: &str, begin: &str| Rule::new(name, begin, [10, 1], "9");
        state.add_rule(RuleKind::Application, rule("b", "1").priority(2));
        state.add_rule(RuleKind::Application, rule("a", "2").priority(10));
        let unlimited = Rule { digits: String::new(), ..rule("it's", "") };
        state.add_rule(RuleKind::DirectoryLookup, unlimited.priority(0));
        state.route_patterns =
            vec![Pattern::new("911", "Out").emergency(), Pattern::new("9.@", "")];
        state.translation_patterns = vec![Pattern::new("112", "Out").emergency()];
    }
    cucm
}

#[test]
fn tables_and_columns_are_discovered() {
    let cucm = cluster();
    let agent = Agent::new(&cucm);
    let tables = rows(&agent, "select tabname from systables where tabname like '%dialrule%'");
    assert_eq!(tables, ["applicationdialrule", "directorylookupdialrule"]);
    let columns = "name|description|numbeginwith|numofdigits|digitsremoved|prefix|priority";
    for sql in [
        "select c.colname from syscolumns c, systables t where c.tabid = t.tabid and \
         t.tabname = 'applicationdialrule' order by c.colno",
        "SELECT colname FROM systables AS t INNER JOIN syscolumns AS c ON t.tabid=c.tabid WHERE \
         lower(t.tabname)='applicationdialrule' ORDER BY colno ASC;",
    ] {
        assert_eq!(rows(&agent, sql)[1..].join("|"), columns, "{sql}");
    }
    cucm.state().sql.lookup_table = None;
    cucm.state().sql.priority_column = "ordernumber".to_owned();
    let sql = "select count from systables where tabname = 'directorylookupdialrule'";
    assert_eq!(rows(&agent, sql), ["{-217}"]);
    let sql = "select tabid from systables where tabname in ('directorylookupdialrule', 'x')";
    assert!(rows(&agent, sql).is_empty());
    assert_eq!(rows(&agent, "select priority from applicationdialrule"), ["{-217}"]);
    assert_eq!(rows(&agent, "select ordernumber from applicationdialrule"), ["2", "10"]);
}

#[test]
fn rules_are_selected() {
    let cucm = cluster();
    let agent = Agent::new(&cucm);
    for (sql, expected) in [
        ("select name, priority from applicationdialrule order by priority desc", "a|10 b|2"),
        ("select name from applicationdialrule order by name", "a b"),
        ("select first 1 name from applicationdialrule order by name", "a"),
        ("select skip 1 first 1 name as n from applicationdialrule order by name", "b"),
        ("select name n, numofdigits from directorylookupdialrule", "it's|"),
        ("select name from directorylookupdialrule where name = 'it''s'", "it's"),
        ("select name from directorylookupdialrule where numofdigits is null", "it's"),
        ("select name from directorylookupdialrule where numofdigits is not null", ""),
        ("select name from applicationdialrule where priority > 2 or name = 'b'", "b a"),
        ("select name from applicationdialrule where not (priority < 3)", "a"),
        ("select name from missing", "{-206}"),
        ("select name applicationdialrule", "{-201}"),
        ("delete from applicationdialrule", "{-201}"),
        ("select name from applicationdialrule where", "{-201}"),
        ("select 'open from applicationdialrule", "{-201}"),
    ] {
        assert_eq!(rows(&agent, sql).join(" "), expected, "{sql}");
    }
    assert_eq!(rows(&agent, "select * from applicationdialrule")[0].split('|').count(), 8);
}

#[test]
fn patterns_are_selected_with_partitions() {
    let cucm = cluster();
    let agent = Agent::new(&cucm);
    let sql = "select n.dnorpattern, p.name, u.name, n.isemergencyservicenumber from numplan n \
               left outer join routepartition p on n.fkroutepartition = p.pkid join \
               typepatternusage as u on n.tkpatternusage = u.enum order by n.dnorpattern";
    assert_eq!(rows(&agent, sql), ["112|Out|Translation|t", "9.@||Route|f", "911|Out|Route|t"]);
    cucm.state().release = "10.5.2.10000(5)".to_owned();
    assert_eq!(rows(&agent, sql), ["{-217}"]);
}
