//! The settings of a server from arbitrary TOML: no panic, and what was read survives writing and
//! reading. Valid settings stay valid.
#![no_main]

use adr_server::Settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(settings) = toml::from_str::<Settings>(text) else { return };
    let written = toml::to_string(&settings).expect("settings are a table");
    let again = toml::from_str::<Settings>(&written).expect("settings that adrc wrote");
    assert_eq!(settings, again, "{written}");
    assert_eq!(settings.check(), again.check());
});
