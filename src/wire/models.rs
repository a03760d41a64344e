//! Models as replies show them, and which of them a request means.

use std::borrow::Cow;

use chrono::{DateTime, Days as DaySpan, NaiveDate, SecondsFormat};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::options::{OptionError, once};
use crate::models::{
    GENERATION_DAYS_KEPT, GENERATIONS_KEPT, MAX_MODELS, MAX_RECEIPTS, MAX_STATE_BYTES, ModelInfo, is_name,
};
use crate::state::{Days, MAX_SEQUENCES};

/// Items of a page where the request does not say.
const LIMIT_DEFAULT: usize = 100;

/// Most items of a page.
const LIMIT_MAX: usize = 1000;

/// A model.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModelView {
    name: String,
    generation: u64,
    trained_lines: u64,
    trained_at: Option<String>,
    days: DaysView,
    lines_undated: u64,
    lines_yearless: u64,
    events: Option<u64>,
    sequences: u64,
    sequences_cut: bool,
    state_bytes: u64,
    bytes_on_disk: u64,
    state_digest: String,
    maturity: MaturityView,
    caps: Caps,
}

/// First and last dated day of log time.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct DaysView {
    first: Option<String>,
    last: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct MaturityView {
    days: u64,
    lines: u64,
    unseen_event_share: Option<f64>,
}

/// What a model and a folder of models can hold at most.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Caps {
    sequences: usize,
    state_bytes: u64,
    generations: usize,
    generation_days: usize,
    models: usize,
    idempotency_keys: usize,
}

impl ModelView {
    /// Its name: models are listed by it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a text can be the place of a model in a list: a name.
    #[must_use]
    pub fn is_place(text: &str) -> bool {
        is_name(text)
    }

    /// Shows a model.
    #[must_use]
    pub fn new(info: ModelInfo) -> Self {
        Self {
            name: info.name,
            generation: info.generation,
            trained_lines: info.trained_lines,
            trained_at: info.trained_at.and_then(moment_of),
            days: DaysView {
                first: info.days.and_then(|(first, _)| date_of(first)),
                last: info.days.and_then(|(_, last)| date_of(last)),
            },
            lines_undated: info.lines_undated,
            lines_yearless: info.lines_yearless,
            events: info.events,
            sequences: info.sequences,
            sequences_cut: info.sequences_cut,
            state_bytes: info.state_bytes,
            bytes_on_disk: info.bytes_on_disk,
            state_digest: format!("{:016x}", info.state_digest),
            maturity: MaturityView {
                days: info.days_covered,
                lines: info.trained_lines,
                unseen_event_share: info.unseen_event_share,
            },
            caps: Caps {
                sequences: MAX_SEQUENCES,
                state_bytes: MAX_STATE_BYTES,
                generations: GENERATIONS_KEPT,
                generation_days: GENERATION_DAYS_KEPT,
                models: MAX_MODELS,
                idempotency_keys: MAX_RECEIPTS,
            },
        }
    }
}

/// Seconds since 1970 UTC as RFC 3339.
pub(super) fn moment_of(seconds: i64) -> Option<String> {
    DateTime::from_timestamp(seconds, 0).map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Days since 1970-01-01 as a date.
pub(super) fn date_of(day: i32) -> Option<String> {
    let span = DaySpan::new(u64::from(day.unsigned_abs()));
    let epoch = NaiveDate::default();
    let date = if day < 0 { epoch.checked_sub_days(span) } else { epoch.checked_add_days(span) };
    date.map(|date| date.to_string())
}

/// The first and last dated day, as `from` and `to` of a request; `None` where there is none.
#[must_use]
pub fn dates_of(days: &Days) -> Option<(String, String)> {
    days.dated.and_then(|(first, last)| date_of(first).zip(date_of(last)))
}

/// A part of a list: how many items, after which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    limit: usize,
    after: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ListPage<T> {
    items: Vec<T>,
    /// To be sent as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

impl<T> ListPage<T> {
    /// The page of `all`, which are sorted by `key`. The cursor is the last key of a page, so items that come and
    /// go meanwhile neither repeat nor hide others.
    #[must_use]
    pub fn new(all: impl IntoIterator<Item = T>, page: &Page, key: impl Fn(&T) -> String) -> Self {
        let mut rest =
            all.into_iter().filter(|item| page.after.as_ref().is_none_or(|after| key(item) > *after));
        let items: Vec<T> = rest.by_ref().take(page.limit).collect();
        let more = rest.next().is_some();
        let next_cursor = items.last().filter(|_| more).map(key);
        Self { items, next_cursor }
    }
}

/// The answer to a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MergeReply {
    /// `Merged`.
    #[schema(value_type = String)]
    pub status: Cow<'static, str>,
    /// The model that has learnt.
    pub model: String,
    /// Lines that the partial state was of.
    pub lines_merged: u64,
    /// Days of log time that hold those lines; the lines without a date count as one.
    pub days_merged: u64,
}

impl MergeReply {
    /// The answer for a partial state of so many lines and days.
    #[must_use]
    pub fn new(model: String, lines_merged: u64, days_merged: u64) -> Self {
        Self { status: "Merged".into(), model, lines_merged, days_merged }
    }
}

/// The answer to forgetting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Forgotten {
    /// Lines that the forgotten days had.
    pub lines_forgotten: u64,
    /// Days that held lines; the lines without a date count as one.
    pub days_forgotten: u64,
}

/// Reads `limit` and `cursor`, of a list whose items have places that `is_place` knows.
///
/// # Errors
/// [`OptionError`] for the first parameter that is unknown, wrong or there twice.
pub fn page_of_query(query: &[(String, String)], is_place: fn(&str) -> bool) -> Result<Page, OptionError> {
    once(query, &["limit", "cursor"])?;
    let mut page = Page { limit: LIMIT_DEFAULT, after: None };
    for (key, value) in query {
        match key.as_str() {
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
                page.limit = limit.ok_or_else(|| wrong("limit", value, "a whole number from 1 to 1000"))?;
            }
            "cursor" if is_place(value) => page.after = Some(value.clone()),
            "cursor" => return Err(wrong("cursor", value, "the `next_cursor` of the page before")),
            _ => return Err(unknown(key, "`limit`, `cursor`")),
        }
    }
    Ok(page)
}

/// Reads `from` and `to`, `undated` and `yearless`: days of a model.
///
/// # Errors
/// [`OptionError`] for the first parameter that is unknown or wrong, and where no day is meant at all.
pub fn days_of_query(query: &[(String, String)]) -> Result<Days, OptionError> {
    let mut days = Days::default();
    let (mut from, mut to) = (None, None);
    for (place, (key, value)) in query.iter().enumerate() {
        if query[..place].iter().any(|(other, _)| other == key) {
            return Err(OptionError { key: key.clone().into(), problem: "is there twice".to_owned() });
        }
        match key.as_str() {
            "from" => from = Some(day_of("from", value)?),
            "to" => to = Some(day_of("to", value)?),
            "undated" => days.undated = flag("undated", value)?,
            "yearless" => days.yearless = flag("yearless", value)?,
            _ => return Err(unknown(key, "`from`, `to`, `undated`, `yearless`")),
        }
    }
    let missing =
        |key: &'static str, problem: &str| OptionError { key: key.into(), problem: problem.to_owned() };
    days.dated = match (from, to) {
        (Some(from), Some(to)) if from > to => return Err(missing("from", "is after `to`")),
        (Some(from), Some(to)) => Some((from, to)),
        (Some(_), None) => {
            return Err(missing("to", "is missing: the last day, as `from` is the first"));
        }
        (None, Some(_)) => {
            return Err(missing("from", "is missing: the first day, as `to` is the last"));
        }
        (None, None) => None,
    };
    if days == Days::default() {
        return Err(missing(
            "from",
            "is missing; say `from` and `to`, or `undated=true`, or `yearless=true`",
        ));
    }
    Ok(days)
}

/// Checks that a route without parameters was sent none.
///
/// # Errors
/// [`OptionError`] for the first that is there.
pub fn no_query(query: &[(String, String)]) -> Result<(), OptionError> {
    match query.first() {
        Some((key, _)) => Err(unknown(key, "none")),
        None => Ok(()),
    }
}

fn day_of(key: &'static str, value: &str) -> Result<i32, OptionError> {
    let date = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok();
    let days = date.map(|date| (date - NaiveDate::default()).num_days() as i32);
    days.ok_or_else(|| wrong(key, value, "a date such as 2024-03-01"))
}

fn flag(key: &'static str, value: &str) -> Result<bool, OptionError> {
    value.parse().map_err(|_| wrong(key, value, "true or false"))
}

fn wrong(key: &'static str, value: &str, right: &str) -> OptionError {
    let found: String = value.chars().take(60).collect();
    OptionError { key: key.into(), problem: format!("is `{found}`, and should be {right}") }
}

fn unknown(key: &str, known: &str) -> OptionError {
    let key: String = key.chars().take(60).collect();
    OptionError { key: key.into(), problem: format!("is not a parameter of this route; it has {known}") }
}

#[cfg(test)]
mod tests {
    use super::{Days, ListPage, ModelInfo, ModelView, date_of, days_of_query, page_of_query};

    fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
        query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn pages_follow_each_other_by_name_until_there_is_no_more() {
        let infos: Vec<_> =
            ["a", "b", "c"].map(|name| ModelInfo { name: name.to_owned(), ..ModelInfo::default() }).to_vec();
        let page = |query: &[(&str, &str)]| {
            let page = page_of_query(&pairs(query), ModelView::is_place).unwrap();
            let page = ListPage::new(infos.clone(), &page, |info| info.name.clone());
            (page.items.iter().map(|item| item.name.clone()).collect::<Vec<_>>().join(""), page.next_cursor)
        };
        assert_eq!(page(&[]), ("abc".to_owned(), None));
        assert_eq!(page(&[("limit", "2")]), ("ab".to_owned(), Some("b".to_owned())));
        assert_eq!(page(&[("limit", "2"), ("cursor", "b")]), ("c".to_owned(), None));
        assert_eq!(page(&[("limit", "3")]), ("abc".to_owned(), None));
    }

    #[test]
    fn a_span_of_days_includes_both_ends() {
        // 2024-03-01 is 19783 days after 1970-01-01: `date -d 2024-03-01 +%s` in UTC, by 86400
        let days = days_of_query(&pairs(&[("from", "2024-03-01"), ("to", "2024-03-02")])).unwrap();
        assert_eq!(days, Days::between(19_783, 19_784));
        assert_eq!(date_of(19_783).unwrap(), "2024-03-01");
        assert_eq!(date_of(-1).unwrap(), "1969-12-31");
        let undated = days_of_query(&pairs(&[("undated", "true")])).unwrap();
        assert_eq!(undated, Days { undated: true, ..Days::default() });
    }

    #[test]
    fn a_choice_of_days_that_is_not_clear_is_refused_with_what_would_be_right() {
        for (query, said) in [
            (&[][..], "`from` is missing; say `from` and `to`"),
            (&[("from", "2024-03-01")], "`to` is missing"),
            (&[("to", "2024-03-01")], "`from` is missing"),
            (&[("from", "2024-03-02"), ("to", "2024-03-01")], "`from` is after `to`"),
            (&[("from", "yesterday"), ("to", "2024-03-01")], "`from` is `yesterday`, and should be a date"),
            (&[("undated", "false")], "`from` is missing"),
            (&[("undated", "1")], "`undated` is `1`, and should be true or false"),
            (&[("form", "2024-03-01")], "`form` is not a parameter of this route"),
        ] {
            let error = days_of_query(&pairs(query)).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
        for (query, said) in [
            (&[("limit", "0")][..], "`limit` is `0`, and should be a whole number from 1 to 1000"),
            (&[("limit", "1"), ("limit", "2")], "`limit` is there twice"),
            (&[("cursor", "a b")], "`cursor` is `a b`, and should be the `next_cursor` of the page before"),
            (&[("cursor", "")], "`cursor` is ``, and should be the `next_cursor` of the page before"),
        ] {
            let error = page_of_query(&pairs(query), ModelView::is_place).unwrap_err();
            assert_eq!(error.to_string(), said);
        }
    }
}
