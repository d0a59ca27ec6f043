//! What a release of CUCM does with files of dial rules by itself, and what an administrator clicks
//! to upload them by hand.

use std::fmt;

/// A release of CUCM, as far as it decides how dial rules reach clients. `Display` writes it as
/// Cisco does.
///
/// ```
/// use adr_cucm::Release;
///
/// let release = Release::new("8.6.1.20000-1").unwrap();
/// assert_eq!(release.to_string(), "8.6(1)");
/// assert!(!release.publishes_by_itself());
/// assert!(Release::new("15.0.1.10000(32)").unwrap().publishes_by_itself());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    major: u16,
    minor: u16,
    maintenance: u16,
}

impl Release {
    /// The last release that publishes dial rules by COP file only.
    pub const LAST_WITH_COP_FILE: Self = Self { major: 8, minor: 6, maintenance: 1 };

    /// Reads a release as `getCCMVersion` and `getProductInformationList` write it, such as
    /// `15.0.1.10000(32)` or `8.6.1.20000-1`. `None` for a text that does not begin with two
    /// numbers.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut parts = text.trim().split(|c: char| !c.is_ascii_digit());
        let mut number = || parts.next()?.parse().ok();
        let (major, minor) = (number()?, number()?);
        Some(Self { major, minor, maintenance: number().unwrap_or(0) })
    }

    /// Whether CUCM writes the files of its own rules when somebody edits them on the page. Cisco's
    /// guides for Jabber say so of all releases after 8.6(1).
    #[must_use]
    pub fn publishes_by_itself(self) -> bool {
        self > Self::LAST_WITH_COP_FILE
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}({})", self.major, self.minor, self.maintenance)
    }
}

/// What to know before files are uploaded to a cluster of this release, one sentence each: what
/// the release does by itself, who gets the files, when clients fetch them, and how well the way
/// of the upload is known. `None` stands for a release that adrc cannot read.
#[must_use]
pub fn deployment_notes(release: Option<Release>) -> Vec<String> {
    let by_itself = match release {
        Some(release) if release.publishes_by_itself() => format!(
            "CUCM {release} publishes its own dial rules by itself: when somebody edits a rule on \
             its page, it may write its own files over these.{}",
            match release.major {
                // its AXL cannot change dial rules
                0..10 => "",
                _ => " `adrc push` changes the rules of CUCM themselves.",
            }
        ),
        Some(release) => format!(
            "CUCM {release} publishes its own dial rules by COP file only: an edit on its page \
             does not change these files."
        ),
        None => format!(
            "CUCM up to {} publishes its own dial rules by COP file only; later releases may write \
             their own files over these when somebody edits a rule on the page.",
            Release::LAST_WITH_COP_FILE
        ),
    };
    let upload = match release.map(|release| (release.major, release.minor)) {
        Some((11, _) | (12, 0..=5)) => {
            "Public programs upload files to releases 11 to 12.5 in the same way."
        }
        _ => "For this release, adrc knows the upload page from one public script only.",
    };
    vec![
        by_itself,
        "All clients that ask CUCM get these files, also clients behind Expressway, which get files \
         of `adrc serve` only if its host is on Expressway's HTTP allow list."
            .to_owned(),
        "Every client gets the rules of the default view: CUCM's own TFTP servers know no sites."
            .to_owned(),
        "Jabber 11.9 and later fetch their configuration 1 to 5 minutes after sign-in and every 7 \
         to 9 hours; Cisco does not document whether rule files are part of it."
            .to_owned(),
        format!("{upload} adrc was never tried on a real cluster."),
    ]
}

/// The list of clicks by which a person uploads the files of `adrc deploy --zip`, for every
/// release. `files` are paths below the TFTP root, such as `CUPC/AppDialRules.xml`.
#[must_use]
pub fn upload_clicks(files: &[&str]) -> String {
    let mut steps = vec![
        "Open https://NODE/cmplatform and log in as the platform administrator.".to_owned(),
        "Open Software Upgrades > TFTP File Management.".to_owned(),
    ];
    steps.extend(files.iter().map(|path| {
        let directory = path.rsplit_once('/').map_or(".", |(directory, _)| directory);
        format!(
            "Click Upload File, choose {path} of this archive, write `{directory}` into\n    \
             Directory, click Upload File."
        )
    }));
    steps.extend([
        "Open https://NODE/ccmservice (Cisco Unified Serviceability) and log in.".to_owned(),
        "Open Tools > Control Center - Feature Services, and choose the node.".to_owned(),
        "Select Cisco Tftp, click Restart, and wait until its status is Started. Until then, \n    \
         phones and clients get no file from this node."
            .to_owned(),
    ]);
    steps.extend(
        files.iter().map(|path| {
            format!("Open http://NODE:6970/{path}: it shows the file of this archive.")
        }),
    );
    let numbered = steps.iter().enumerate().map(|(at, step)| format!("{:2}. {step}\n", at + 1));
    format!("{HEAD}{}{RELEASES}", numbered.collect::<String>())
}

const HEAD: &str = "\
Upload dial rules to the TFTP servers of CUCM by hand
=====================================================

Do all steps for one node with the service Cisco Tftp, then for the next one. Save the present
files first: open http://NODE:6970/CUPC/AppDialRules.xml and the others in a browser.

";

const RELEASES: &str = "
What differs by release
-----------------------

Up to 8.6(1)     CUCM publishes its own dial rules by COP file only. The steps above take the place
                 of that COP file. Do not install the COP file afterwards: it writes the rules of
                 the page over these files.
8.6(2) to 10     The pages are the same. CUCM publishes the rules of its page by itself: an edit
                 there may write CUCM's own files over these. Upload them again after an edit.
11 and later     As 8.6(2) to 10. Do not use the Back button of the browser on the page for files:
                 its form is good for one upload.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_up_to_8_6_1_do_not_publish_by_themselves() {
        let cases = [
            ("8.5.1.10000(26)", false),
            ("8.6.1.10000(43)", false),
            ("8.6.2.10000(30)", true),
            ("9.1.2.10000(28)", true),
            ("15.0.1.10000(32)", true),
            ("8.6", false),
        ];
        for (text, expected) in cases {
            assert_eq!(Release::new(text).unwrap().publishes_by_itself(), expected, "{text}");
        }
        for text in ["", "15", "x.y", "-1.2"] {
            assert_eq!(Release::new(text), None, "{text}");
        }
    }

    #[test]
    fn notes_say_what_the_release_does_by_itself() {
        let first = |text: &str| deployment_notes(Release::new(text)).remove(0);
        assert!(first("8.6.1.1").starts_with("CUCM 8.6(1) publishes its own dial rules by COP"));
        assert!(
            first("14.0.1.1").starts_with("CUCM 14.0(1) publishes its own dial rules by itself")
        );
        assert!(first("?").starts_with("CUCM up to 8.6(1)"));
    }

    #[test]
    fn upload_is_called_well_known_for_releases_11_to_12_5_only() {
        for (release, known) in
            [("10.5.2", false), ("11.0.1", true), ("12.5.1", true), ("14.0.1", false)]
        {
            let notes = deployment_notes(Release::new(release)).join(" ");
            assert_eq!(notes.contains("Public programs"), known, "{release}");
        }
    }

    #[test]
    fn clicks_name_every_file_with_its_directory() {
        let clicks = upload_clicks(&["AppDialRules.xml", "CUPC/AppDialRules.xml"]);
        let words = clicks.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("write `.` into Directory"), "{clicks}");
        assert!(words.contains("write `CUPC` into Directory"), "{clicks}");
        assert!(clicks.contains(" 9. Open http://NODE:6970/CUPC/AppDialRules.xml"), "{clicks}");
        for range in ["Up to 8.6(1)", "8.6(2) to 10", "11 and later"] {
            assert!(clicks.contains(range), "{range}");
        }
        assert!(clicks.lines().all(|line| line.chars().count() <= 100));
    }
}
