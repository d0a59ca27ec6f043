//! Gives rules their final names, each of which another rule may still have.

use std::collections::{HashMap, HashSet, VecDeque};

use adr_cucm::CucmRule;

use crate::names::NamePool;

/// A rule that waits for its final name.
#[derive(Clone, Debug)]
pub(crate) struct Rename {
    /// The rule with its present name.
    pub(crate) record: CucmRule,
    /// The final name.
    pub(crate) to: String,
}

/// The renames in an order in which no two rules ever have the same name. Rules that wait for each
/// other get a name of the pool in between. `held` has the names of all rules.
pub(crate) fn ordered(
    renames: Vec<Rename>,
    mut held: HashSet<String>,
    names: &mut NamePool,
) -> Vec<Rename> {
    let mut ordered = Vec::new();
    let mut waiting: HashMap<String, Rename> = HashMap::new();
    let mut ready: VecDeque<Rename> = VecDeque::new();
    let order: Vec<String> = renames.iter().map(|rename| rename.to.clone()).collect();
    for rename in renames {
        match held.contains(&rename.to) {
            true => drop(waiting.insert(rename.to.clone(), rename)),
            false => ready.push_back(rename),
        }
    }
    let mut order = order.into_iter();
    loop {
        while let Some(rename) = ready.pop_front() {
            let from = rename.record.name.clone();
            held.remove(&from);
            held.insert(rename.to.clone());
            ready.extend(waiting.remove(&from));
            ordered.push(rename);
        }
        // the others wait in circles: one rule of each circle gets another name for now
        let Some(stuck) = order.by_ref().find_map(|to| waiting.remove(&to)) else {
            return ordered;
        };
        let aside = Rename { to: names.take(&stuck.to), record: stuck.record.clone() };
        let record = CucmRule { name: aside.to.clone(), ..stuck.record };
        held.remove(&aside.record.name);
        held.insert(aside.to.clone());
        ready.extend(waiting.remove(&aside.record.name));
        ordered.push(aside);
        let rename = Rename { record, to: stuck.to };
        match held.contains(&rename.to) {
            true => drop(waiting.insert(rename.to.clone(), rename)),
            false => ready.push_back(rename),
        }
    }
}
