//! Every limit of the language. An error about a limit names the given value and the limit.

/// Largest rule source, in bytes. A rule takes about 75 bytes, so the largest dial plan fits in one
/// file.
pub const FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Longest chain of includes, including the entry file.
pub const INCLUDE_DEPTH: usize = 32;

/// Most files of one dial plan.
pub const FILES: usize = 10_000;

/// Longest chain of groups that use groups.
pub const GROUP_DEPTH: usize = 32;

/// Most rules of one dial plan after expansion; a list that several views share counts once.
pub const RULES: usize = 2_000_000;

/// Most steps that expanding a dial plan may take: items of files, entries of lists, uses of
/// groups, rules.
pub const STEPS: usize = 20_000_000;

/// Most entries that the lists of a dial plan may keep: those of its lets, and its emergency
/// numbers.
pub const LIST_ENTRIES: usize = 1_000_000;

/// Longest number that an open length such as `digits 7..` goes up to, unless `longest-number` says
/// otherwise: `+` and the 15 digits of E.164, with room for an outside and an international prefix.
pub const LONGEST_NUMBER: u32 = 20;

/// Longest name of a rule, group, site or let, in characters: the limit of CUCM.
pub const NAME_CHARACTERS: usize = 50;

/// Longest value of a field, let or emergency line, in bytes. Valid values are far shorter.
pub const VALUE_BYTES: usize = 4_095;

/// Longest description, in characters: the limit of CUCM.
pub const DESCRIPTION_CHARACTERS: usize = 50;

/// Most syntax errors that are reported for one file. A last error says how many others there are.
pub const ERRORS_PER_FILE: usize = 100;

/// Most findings of one file that people are shown. A last finding says how many others there are.
pub const FINDINGS_PER_FILE: usize = 100;
