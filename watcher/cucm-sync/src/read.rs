//! Reads what a cluster holds: its dial rules, and the patterns that are flagged as emergency
//! numbers.

use adr_cucm::axl::{ExecuteSql, PatternTags, SqlRow};
use adr_cucm::file::{LayoutError, rules_of_rows};
use adr_cucm::{Converted, CucmRule, FlaggedPatterns, RuleKind, SchemaVersion, convert};
use adr_cucm_client::{CallError, Session};
use adr_render::cucm_source::{CucmSource, Placement};

/// What a cluster holds.
#[derive(Clone, Debug)]
pub struct ClusterRules {
    /// Its dial rules in order, and what is wrong with them.
    pub rules: Converted,
    /// Its emergency numbers; `None` if nobody asked for them.
    pub emergency: Option<FlaggedPatterns>,
}

impl ClusterRules {
    /// The rules as rule source that begins with `origin`.
    #[must_use]
    pub fn source<'s>(&'s self, origin: &'s str) -> CucmSource<'s> {
        let (rules, emergency) = (&self.rules, self.emergency.as_ref());
        CucmSource { origin, rules, emergency, placement: Placement::Default }
    }
}

/// Why the rules could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// CUCM did not answer as it should.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The database of a release before 10.0 has no table, or several, for a kind of rules.
    #[error("the database of CUCM has {} tables for {}", .tables.len(), kind_words(*.kind))]
    Table {
        /// The kind.
        kind: RuleKind,
        /// The tables whose names fit.
        tables: Vec<String>,
    },
    /// The table of a kind of rules in a release before 10.0 has other columns than adrc knows.
    #[error("the table `{}` of CUCM: {layout}", .table.escape_debug())]
    Layout {
        /// The table.
        table: String,
        /// What is wrong with its columns.
        layout: LayoutError,
    },
}

impl ReadError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &str {
        match self {
            Self::Call(error) => error.help(),
            Self::Table { .. } | Self::Layout { .. } => {
                "report the release and the text of `run sql select tabname from systables where \
                 tabname like '%dialrule%'`"
            }
        }
    }

    /// Whether the same reading may succeed later although nobody changes a setting. After any
    /// other error do not repeat it: CUCM locks users.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Call(error) => error.is_transient(),
            Self::Table { .. } | Self::Layout { .. } => false,
        }
    }
}

fn kind_words(kind: RuleKind) -> &'static str {
    match kind {
        RuleKind::Application => "application dial rules",
        RuleKind::DirectoryLookup => "directory lookup dial rules",
    }
}

/// The dial rules of a cluster and, on request, its emergency numbers.
///
/// # Errors
///
/// See [`ReadError`].
pub async fn read_cluster(
    session: &Session,
    with_emergency: bool,
) -> Result<ClusterRules, ReadError> {
    let rules = read_rules(session).await?;
    let emergency = match with_emergency {
        true => Some(read_patterns(session).await?),
        false => None,
    };
    Ok(ClusterRules { rules: convert(rules.into_iter().map(Into::into).collect()), emergency })
}

/// All dial rules of both kinds, in the order of the answers; see [`adr_cucm::convert()`] for the
/// order in which they apply. The result is everything or an error, never a part.
///
/// Releases before 10.0 have no usable operation for dial rules, so adrc reads their tables by SQL.
/// The names of these tables are looked up in the database.
///
/// # Errors
///
/// See [`ReadError`].
pub async fn read_rules(session: &Session) -> Result<Vec<CucmRule>, ReadError> {
    if !version(session).await?.has_usable_rules() {
        return read_tables(session).await;
    }
    let mut rules = Vec::new();
    for kind in RuleKind::ALL {
        rules.extend(session.list_rules(kind).await?);
    }
    Ok(rules)
}

/// The route and translation patterns that are flagged as emergency service numbers, with the
/// numbers of each.
///
/// AXL has the flag since 11.0. For an older release nothing is asked, and the result says that the
/// flags are not known.
///
/// # Errors
///
/// See [`CallError`].
pub async fn read_patterns(session: &Session) -> Result<FlaggedPatterns, CallError> {
    if !version(session).await?.has_emergency_flag() {
        return Ok(FlaggedPatterns::default());
    }
    let route = session.list_route_patterns(PatternTags::Flags).await?;
    let translation = session.list_translation_patterns(PatternTags::Flags).await?;
    Ok(FlaggedPatterns::of(&route, &translation))
}

/// The AXL version in use; asks CUCM if the session did not call it yet.
async fn version(session: &Session) -> Result<SchemaVersion, CallError> {
    match session.accepted_version() {
        Some(version) => Ok(version),
        None => Ok(session.versions().await?.schema),
    }
}

/// Reads the rules by SQL.
async fn read_tables(session: &Session) -> Result<Vec<CucmRule>, ReadError> {
    let rows = session.call(&ExecuteSql::rule_tables()).await?;
    let tables: Vec<&str> = rows.iter().filter_map(|row| row.get("tabname")).collect();
    let mut rules = Vec::new();
    for kind in RuleKind::ALL {
        let of_kind = tables.iter().filter(|table| RuleKind::in_name(table) == Some(kind));
        let of_kind: Vec<&str> = of_kind.copied().collect();
        let all_of = match of_kind[..] {
            [table] => ExecuteSql::all_of(table).map(|query| (table, query)),
            _ => None,
        };
        let Some((table, query)) = all_of else {
            let tables = of_kind.into_iter().map(str::to_owned).collect();
            return Err(ReadError::Table { kind, tables });
        };
        let rows: Vec<SqlRow> = session.call(&query).await?;
        let located = rules_of_rows(kind, &rows)
            .map_err(|layout| ReadError::Layout { table: table.to_owned(), layout })?;
        rules.extend(located.into_iter().map(|located| located.rule));
    }
    Ok(rules)
}
