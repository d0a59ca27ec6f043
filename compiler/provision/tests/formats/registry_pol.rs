//! `Registry.pol`, read as [MS-GPREG] describes it.

use adr_provision::{Cause, Format, files};
use proptest::prelude::*;

use crate::model::{bytes, models, target};
use crate::registry::Registry;

/// Applies a file to a registry.
fn apply(registry: &mut Registry, bytes: &[u8]) {
    let mut rest = bytes.strip_prefix(b"PReg\x01\0\0\0").expect("the header");
    while !rest.is_empty() {
        mark(&mut rest, '[');
        let path = text(&mut rest);
        mark(&mut rest, ';');
        let name = text(&mut rest);
        mark(&mut rest, ';');
        assert_eq!(number(&mut rest), 1, "REG_SZ");
        mark(&mut rest, ';');
        let size = number(&mut rest) as usize;
        mark(&mut rest, ';');
        let (mut data, after) = rest.split_at(size);
        rest = after;
        let value = text(&mut data);
        assert!(data.is_empty());
        mark(&mut rest, ']');
        match name.strip_prefix("**Del.") {
            Some(name) => {
                assert_eq!(value, " ");
                registry.remove(&path, name);
            }
            None => registry.set(&path, &name, &value),
        }
    }
}

fn unit(rest: &mut &[u8]) -> u16 {
    let (unit, after) = rest.split_at(2);
    *rest = after;
    u16::from_le_bytes([unit[0], unit[1]])
}

fn mark(rest: &mut &[u8], expected: char) {
    assert_eq!(char::from_u32(unit(rest).into()), Some(expected));
}

fn number(rest: &mut &[u8]) -> u32 {
    u32::from(unit(rest)) | u32::from(unit(rest)) << 16
}

/// A text with its final NUL.
fn text(rest: &mut &[u8]) -> String {
    let units: Vec<u16> =
        std::iter::from_fn(|| Some(unit(rest))).take_while(|it| *it != 0).collect();
    String::from_utf16(&units).expect("UTF-16")
}

proptest! {
    #[test]
    fn applied_policy_equals_the_model_and_its_undo_removes_it(model in models()) {
        for target in model.profile().targets() {
            let refused = files(target).refusals.iter().any(|it| it.format == Format::RegistryPol);
            let expected = Registry::of(target);
            let is_instruction = target.registry_keys().iter().any(|key| {
                let names = key.values.iter().map(|(name, _)| name).chain(&key.removed);
                names.into_iter().any(|name| name.starts_with("**"))
            });
            prop_assert_eq!(refused, is_instruction);
            if refused || expected.is_empty() {
                continue;
            }
            let mut registry = Registry::default().with_bystander();
            apply(&mut registry, &bytes(target, "local-policy/User/Registry.pol").unwrap());
            prop_assert_eq!(&registry, &expected.with_bystander());
            apply(&mut registry, &bytes(target, "local-policy-remove/User/Registry.pol").unwrap());
            prop_assert_eq!(registry, Registry::default().with_bystander());
        }
    }

    #[test]
    fn policy_of_a_site_removes_the_values_of_other_targets(model in models()) {
        let moved = Registry::of_moved_pcs(&model.profile(), |registry, target| {
            let file = bytes(target, "local-policy/User/Registry.pol");
            file.iter().for_each(|bytes| apply(registry, bytes));
            file.is_some()
        });
        for (found, expected) in moved {
            prop_assert_eq!(found, expected);
        }
    }
}

#[test]
fn name_of_an_instruction_is_refused() {
    let target = target("[values]\n\"**DelVals\" = \"a\"\n");
    let output = files(&target);
    let refusal = output.refusals.iter().find(|it| it.format == Format::RegistryPol).unwrap();
    assert_eq!(refusal.cause, Cause::NamePrefix("**"));
    assert_eq!(
        refusal.to_string(),
        "a Registry.pol file cannot hold `**DelVals`: its name begins with `**`, which the format \
         reads as an instruction"
    );
}
