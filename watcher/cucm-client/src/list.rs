//! Whole lists, and changes.

use std::collections::HashSet;

use adr_cucm::axl::{
    AxlOperation, Change, ChangeCursor, GetCcmVersion, ListChange, ListRoutePattern, ListRules,
    ListSoftphones, ListTransPattern, Page, PatternTags, RoutingPattern, SoftphonePrecedence,
};
use adr_cucm::{AnswerError, CucmRule, RuleKind, SchemaVersion, Uuid};

use crate::call_error::CallError;
use crate::progress::Progress;
use crate::session::Session;

/// Most records of a list. The largest clusters have tens of thousands of patterns.
pub const MAX_RECORDS: usize = 500_000;

/// Records of a page, if CUCM suggests no number.
const PAGE_RECORDS: u64 = 1000;

/// How often adrc reads the pages of a list before it gives up because they do not fit together.
const READS: usize = 3;

/// The release of a cluster, and the AXL version in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The release, such as `15.0.1.10000(32)`.
    pub release: String,
    /// The AXL version that CUCM and adrc speak.
    pub schema: SchemaVersion,
}

/// What changed since a place in the change queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Where the next question starts.
    pub cursor: ChangeCursor,
    /// The changes, in order; not meaningful for a baseline.
    pub changes: Vec<Change>,
}

impl Session {
    /// The release of the cluster, and the AXL version in use.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn versions(&self) -> Result<Versions, CallError> {
        let release = self.call(&GetCcmVersion).await?;
        let schema = self.accepted_version().unwrap_or(SchemaVersion::NEWEST);
        Ok(Versions { release, schema })
    }

    /// All rules of a kind, in the order of the answers, which CUCM does not promise.
    ///
    /// The list is read in one answer, or in pages if CUCM says that it is too long for that. The
    /// result is the whole list or an error, never a part.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn list_rules(&self, kind: RuleKind) -> Result<Vec<CucmRule>, CallError> {
        self.list(|page| ListRules { kind, page }, |rule| rule.uuid.as_ref()).await
    }

    /// All route patterns, read as [`list_rules`](Self::list_rules) does.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn list_route_patterns(
        &self,
        tags: PatternTags,
    ) -> Result<Vec<RoutingPattern>, CallError> {
        self.list(|page| ListRoutePattern { tags, page }, |pattern| pattern.uuid.as_ref()).await
    }

    /// All translation patterns, read as [`list_rules`](Self::list_rules) does.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn list_translation_patterns(
        &self,
        tags: PatternTags,
    ) -> Result<Vec<RoutingPattern>, CallError> {
        self.list(|page| ListTransPattern { tags, page }, |pattern| pattern.uuid.as_ref()).await
    }

    /// The precedence settings of all softphones on computers, read as
    /// [`list_rules`](Self::list_rules) does.
    ///
    /// # Errors
    ///
    /// See [`CallError`].
    pub async fn list_softphones(&self) -> Result<Vec<SoftphonePrecedence>, CallError> {
        self.list(|page| ListSoftphones { page }, |phone| phone.uuid.as_ref()).await
    }

    /// What changed since the place that `question` names, or, without a place, where to start:
    /// the baseline. Ask for the baseline *before* you read lists.
    ///
    /// # Errors
    ///
    /// [`AnswerError::QueueRestarted`] if the place is of a former queue, or if the queue does not
    /// advance: ask for a new baseline, and read the lists. [`CallError::NoChangeList`] if AXL is
    /// older than 10.0. CUCM answers with a fault if the list of changes is switched off.
    pub async fn changes(&self, question: &ListChange) -> Result<Changes, CallError> {
        let mut changes = Vec::new();
        let mut question = question.clone();
        loop {
            if let Some(version) = self.accepted_version()
                && !version.has_list_change()
            {
                return Err(CallError::NoChangeList { version });
            }
            let answer = self.call(&question).await?;
            let next = answer.queue.next();
            changes.extend(answer.changes);
            let Some(since) = &question.since else {
                return Ok(Changes { cursor: next, changes });
            };
            if next.queue != since.queue || next.start < since.start {
                return Err(AnswerError::QueueRestarted.into());
            }
            if !answer.queue.has_more() {
                return Ok(Changes { cursor: next, changes });
            }
            if next.start == since.start || changes.len() > MAX_RECORDS {
                return Err(AnswerError::QueueRestarted.into());
            }
            question.since = Some(next);
        }
    }

    async fn list<O, R>(
        &self,
        operation: impl Fn(Option<Page>) -> O,
        key: impl Fn(&R) -> Option<&Uuid>,
    ) -> Result<Vec<R>, CallError>
    where
        O: AxlOperation<Answer = Vec<R>>,
    {
        let whole = operation(None);
        let (matched, suggested) = match self.call(&whole).await {
            Err(CallError::Answer(AnswerError::TooManyRows { matched, suggested })) => {
                (matched, suggested)
            }
            Err(CallError::TooLarge { .. }) => (0, 0),
            result => {
                let records = result?;
                self.report_records(&whole, records.len());
                return Ok(records);
            }
        };
        let size = if suggested == 0 { PAGE_RECORDS } else { suggested };
        for _ in 0..READS {
            if let Some(records) = self.pages(&operation, &key, size).await?
                && records.len() as u64 >= matched
            {
                return Ok(records);
            }
        }
        Err(CallError::Unstable)
    }

    /// The records of all pages; `None` if a record came twice, because then the order has changed,
    /// and another record may have been skipped.
    async fn pages<O, R>(
        &self,
        operation: impl Fn(Option<Page>) -> O,
        key: impl Fn(&R) -> Option<&Uuid>,
        size: u64,
    ) -> Result<Option<Vec<R>>, CallError>
    where
        O: AxlOperation<Answer = Vec<R>>,
    {
        let mut page = Page { skip: 0, first: size };
        let mut keys = HashSet::new();
        let mut records = Vec::new();
        loop {
            let part = operation(Some(page));
            let found = match self.call(&part).await {
                Err(error) if page.first > 1 && is_too_long(&error) => {
                    page.first = page.first.div_ceil(2);
                    continue;
                }
                found => found?,
            };
            let is_last = (found.len() as u64) < page.first;
            if !found.iter().filter_map(&key).all(|key| keys.insert(key.clone())) {
                return Ok(None);
            }
            records.extend(found);
            if records.len() > MAX_RECORDS {
                return Err(CallError::TooManyRecords { limit: MAX_RECORDS });
            }
            self.report_records(&part, records.len());
            if is_last {
                return Ok(Some(records));
            }
            page = page.next();
        }
    }

    fn report_records<O: AxlOperation>(&self, operation: &O, count: usize) {
        self.report(&Progress::Records { operation: operation.name(), count });
    }
}

/// Whether a smaller page may do better.
fn is_too_long(error: &CallError) -> bool {
    matches!(error, CallError::TooLarge { .. } | CallError::Answer(AnswerError::TooManyRows { .. }))
}
