//! cmd and `reg`, as their documents describe them: phases of parsing a line, quoting of arguments,
//! and the commands that batch files of adrc use.

use std::collections::BTreeMap;

use crate::reg;
use crate::registry::Registry;

/// Most characters of a line that cmd reads.
const LINE_LENGTH: usize = 8_191;

/// The folder of the script, which cmd must not read as anything else.
const FOLDER: &str = "C:\\net logon & (x)^\\";

/// A cmd that has been started with delayed expansion (`/v:on`), the worst case.
pub(crate) struct Cmd<'f> {
    pub(crate) registry: Registry,
    /// Files of the script's folder.
    files: &'f dyn Fn(&str) -> Option<Vec<u8>>,
    /// The beginning of the paths of keys that cannot be changed.
    locked: Option<&'static str>,
    delayed: bool,
    variables: BTreeMap<&'static str, &'static str>,
    errorlevel: i32,
    /// Whether the variable `adrc_failed` is set; before the script begins, it is.
    failed: bool,
}

/// What follows a command.
enum Next {
    Line,
    Label(String),
    Exit(i32),
}

impl<'f> Cmd<'f> {
    pub(crate) fn new(registry: Registry, files: &'f dyn Fn(&str) -> Option<Vec<u8>>) -> Self {
        let variables = BTreeMap::from([("PATH", "C:\\Windows"), ("X", "variable")]);
        Self {
            registry,
            files,
            locked: None,
            delayed: true,
            variables,
            errorlevel: 0,
            failed: true,
        }
    }

    /// With a registry that nobody may change.
    pub(crate) fn locked(self) -> Self {
        Self { locked: Some(""), ..self }
    }

    /// With the keys of an ordinary user, who cannot change policies.
    pub(crate) fn of_user(self) -> Self {
        Self { locked: Some("Software\\Policies\\"), ..self }
    }

    fn is_locked(&self, path: &str) -> bool {
        self.locked.is_some_and(|locked| path.starts_with(locked))
    }

    /// Runs a script, and returns its exit status.
    pub(crate) fn run(&mut self, script: &[u8]) -> i32 {
        let script = std::str::from_utf8(script).expect("ASCII");
        assert!(script.is_ascii() && !script.replace("\r\n", "").contains(['\r', '\n', '\0']));
        let lines: Vec<&str> = script.split("\r\n").collect();
        let mut at = 0;
        while at < lines.len() {
            match self.line(lines[at]) {
                Next::Line => at += 1,
                Next::Exit(status) => return status,
                Next::Label(label) => {
                    let mut labels = lines.iter().map(|line| line.strip_prefix(':'));
                    at = labels.position(|found| found == Some(&*label)).expect("a label");
                }
            }
        }
        self.errorlevel
    }

    fn line(&mut self, line: &str) -> Next {
        assert!(line.len() <= LINE_LENGTH, "{} characters", line.len());
        if line.starts_with(':') || line.is_empty() {
            return Next::Line;
        }
        let line = self.percent_expanded(line);
        let line = without_special(line.trim_start_matches('@'));
        let line = if self.delayed { self.delay_expanded(&line) } else { line };
        self.execute(&line)
    }

    /// Phase 1: percent signs, whether in quotes or not.
    fn percent_expanded(&self, line: &str) -> String {
        let mut expanded = String::new();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('%') {
            expanded.push_str(before);
            rest = if let Some(after) = after.strip_prefix('%') {
                expanded.push('%');
                after
            } else if let Some(after) = after.strip_prefix("~dp0") {
                expanded.push_str(FOLDER);
                after
            } else if after.starts_with(|c: char| c.is_ascii_digit() || c == '*') {
                // an argument of the script, which has none
                &after[1..]
            } else if let Some((name, after)) = after.split_once('%') {
                expanded.push_str(self.variables.get(&*name.to_uppercase()).unwrap_or(&""));
                after
            } else {
                after
            };
        }
        expanded + rest
    }

    /// Phase 5: exclamation marks, and carets in lines that have them.
    fn delay_expanded(&self, line: &str) -> String {
        if !line.contains('!') {
            return line.to_owned();
        }
        let mut expanded = String::new();
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            match character {
                '^' => expanded.extend(characters.next()),
                '!' => {
                    let name: String = characters.by_ref().take_while(|c| *c != '!').collect();
                    expanded.push_str(self.variables.get(&*name.to_uppercase()).unwrap_or(&""));
                }
                _ => expanded.push(character),
            }
        }
        expanded
    }

    fn execute(&mut self, line: &str) -> Next {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        match command {
            "echo" | "rem" => {}
            "setlocal" => self.delayed &= !rest.contains("DisableDelayedExpansion"),
            "reg" => self.errorlevel = i32::from(!self.reg(&arguments(rest))),
            "goto" => return Next::Label(rest.trim().to_owned()),
            "exit" => return Next::Exit(rest.trim_start_matches("/b ").trim().parse().unwrap()),
            "set" => self.failed = rest.strip_prefix("adrc_failed=").expect("a name") == "1",
            "if" => {
                let not_defined = rest.strip_prefix("not defined adrc_failed ");
                let errorlevel = rest.strip_prefix("errorlevel 1 ");
                let is_true = match not_defined {
                    Some(_) => !self.failed,
                    None => self.errorlevel >= 1,
                };
                if is_true {
                    return self.execute(not_defined.or(errorlevel).expect("a condition"));
                }
            }
            _ => panic!("the command `{command}`"),
        }
        Next::Line
    }

    /// Whether a command of `reg` is successful.
    fn reg(&mut self, arguments: &[String]) -> bool {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match arguments[..] {
            ["add", key, "/v", name, "/t", "REG_SZ", "/d", value, "/f"] => {
                let locked = self.is_locked(path(key));
                if !locked {
                    self.registry.set(path(key), name, value);
                }
                !locked
            }
            ["query", key, "/v", name] => self.registry.get(path(key), name).is_some(),
            ["delete", key, "/v", name, "/f"] => {
                !self.is_locked(path(key)) && self.registry.remove(path(key), name)
            }
            ["import", file] => {
                let name = file.strip_prefix(FOLDER).expect("the folder of the script");
                let bytes = (self.files)(name).unwrap_or_else(|| panic!("`{name}` is missing"));
                let mut imported = self.registry.clone();
                reg::import(&mut imported, &bytes);
                let locked = self.locked.map(str::to_lowercase);
                let is_open = |path: &str| locked.as_ref().is_none_or(|it| !path.starts_with(it));
                self.registry.take(imported, is_open);
                let units: Vec<u16> =
                    bytes.chunks_exact(2).map(|it| u16::from_le_bytes([it[0], it[1]])).collect();
                let text = String::from_utf16(&units).expect("UTF-16");
                let mut keys =
                    text.lines().filter_map(|line| line.strip_prefix("[HKEY_CURRENT_USER\\"));
                !keys.any(|key| self.is_locked(key))
            }
            _ => panic!("{arguments:?}"),
        }
    }
}

fn path(key: &str) -> &str {
    key.strip_prefix("HKCU\\").expect("the hive")
}

/// Phase 2: carets, quotes and redirections. Several commands on a line are not expected.
fn without_special(line: &str) -> String {
    let mut plain = String::new();
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                quoted = !quoted;
                plain.push(character);
            }
            _ if quoted => plain.push(character),
            '^' => plain.extend(characters.next()),
            '&' | '|' | '<' | '(' | ')' => panic!("`{character}` is special: {line}"),
            '>' => {
                // the number of a stream before it, and its target after it
                if plain.ends_with(" 1") || plain.ends_with(" 2") {
                    plain.pop();
                }
                while characters.next_if(|c| !c.is_whitespace()).is_some() {}
            }
            _ => plain.push(character),
        }
    }
    assert!(!quoted, "a quote is missing: {line}");
    plain
}

/// Arguments as the C library of Windows splits them.
fn arguments(line: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut current: Option<String> = None;
    let (mut quoted, mut backslashes) = (false, 0);
    for character in line.chars() {
        if character == '\\' {
            backslashes += 1;
            current.get_or_insert_default();
            continue;
        }
        let literal = character == '"' && backslashes % 2 == 1;
        let count = if character == '"' { backslashes / 2 } else { backslashes };
        current.iter_mut().for_each(|text| text.push_str(&"\\".repeat(count)));
        backslashes = 0;
        match character {
            '"' if !literal => {
                quoted = !quoted;
                current.get_or_insert_default();
            }
            ' ' | '\t' if !quoted => arguments.extend(current.take()),
            _ => current.get_or_insert_default().push(character),
        }
    }
    current.iter_mut().for_each(|text| text.push_str(&"\\".repeat(backslashes)));
    arguments.extend(current);
    arguments
}

#[test]
fn phases_follow_their_description() {
    let cmd = Cmd::new(Registry::default(), &|_| None);
    let expanded = |line: &str| cmd.percent_expanded(line);
    assert_eq!(expanded("a%%b %x% %none%c %1 %"), "a%b variable c  ");
    assert_eq!(expanded("%~dp0a"), format!("{FOLDER}a"));
    assert_eq!(cmd.delay_expanded("a^!b^^ !x! c!"), "a!b^ variable c");
    assert_eq!(cmd.delay_expanded("a^b"), "a^b");
    assert_eq!(without_special("a ^& \"b ^ & >c\" >nul 2>&1 d"), "a & \"b ^ & >c\"   d");
    let found = arguments(r#"a "b c" "d\\" "e\"f" g\\h """#);
    assert_eq!(found, ["a", "b c", "d\\", "e\"f", "g\\\\h", ""]);
}
