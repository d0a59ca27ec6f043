//! The paths of includes.

/// The path of an include, relative to the same folder as the paths of the entry files.
pub(super) fn resolve(root: &str, from: &str, written: &str) -> Result<String, PathError> {
    if written.is_empty() {
        return Err(PathError::Empty);
    }
    if written.starts_with(['/', '\\']) || written.as_bytes().get(1) == Some(&b':') {
        return Err(PathError::Absolute);
    }
    if written.contains('\\') {
        return Err(PathError::Backslash);
    }
    let root = parts(root);
    let mut folder = parts(from);
    folder.pop();
    if from == "-" || !folder.starts_with(&root) {
        folder.clone_from(&root);
    }
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." if folder.len() > root.len() => {
                folder.pop();
            }
            ".." => return Err(PathError::Outside),
            _ => folder.push(part),
        }
    }
    // two of them begin the path of a folder that another Windows machine shares
    let slashes = from.len() - from.trim_start_matches('/').len();
    Ok(format!("{}{}", &"//"[..slashes.min(2)], folder.join("/")))
}

/// Why the path of an include is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PathError {
    #[error("is empty")]
    Empty,
    #[error("is absolute")]
    Absolute,
    #[error("has a `\\` in it")]
    Backslash,
    #[error("leads out of the dial plan's folder")]
    Outside,
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect()
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn included_path_begins_like_that_of_its_file() {
        for (root, from, expected) in [
            ("rules", "rules/plan.adr", "rules/sites/a.adr"),
            ("/etc/rules", "/etc/rules/plan.adr", "/etc/rules/sites/a.adr"),
            ("C:/rules", "C:/rules/plan.adr", "C:/rules/sites/a.adr"),
            ("//server/rules", "//server/rules/plan.adr", "//server/rules/sites/a.adr"),
        ] {
            assert_eq!(resolve(root, from, "sites/a.adr").as_deref(), Ok(expected));
        }
    }
}
