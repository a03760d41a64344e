//! What a client wants its answer to be (RFC 9110, 12.5.1).

use axum::http::{HeaderMap, header};

use super::error::ApiError;

/// The forms of an analysis, the one for those who have no wish first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// One JSON object.
    Json,
    /// Rows of NDJSON, as they come.
    Rows,
    /// The picture alone, as PNG.
    Png,
    /// The picture alone, as SVG.
    Svg,
    /// The report for people.
    Html,
}

const FORMS: [(Wanted, &[&str]); 5] = [
    (Wanted::Json, &["application/json"]),
    (Wanted::Rows, &["application/x-ndjson", "application/jsonl", "application/x-jsonlines"]),
    (Wanted::Png, &["image/png"]),
    (Wanted::Svg, &["image/svg+xml"]),
    (Wanted::Html, &["text/html"]),
];

impl Wanted {
    /// The form that the header `Accept` likes best; among equals the first.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let values: Vec<String> = headers
            .get_all(header::ACCEPT)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
            .collect();
        let text = values.join(",");
        if text.trim().is_empty() {
            return Ok(Self::Json);
        }
        let ranges: Vec<(&str, f64)> = text.split(',').map(range).collect();
        let mut best = (0.0, None);
        for (form, names) in FORMS {
            let weight = names.iter().map(|name| weight(name, &ranges)).fold(0.0, f64::max);
            if weight > best.0 {
                best = (weight, Some(form));
            }
        }
        best.1.ok_or_else(|| ApiError::NotAcceptable(text.chars().take(100).collect()))
    }
}

/// A media range and its weight, 1 where it says none.
fn range(text: &str) -> (&str, f64) {
    let mut parameters = text.split(';').map(str::trim);
    let name = parameters.next().unwrap_or_default();
    let weight = parameters.find_map(|parameter| parameter.strip_prefix("q=")?.parse().ok());
    (name, weight.unwrap_or(1.0))
}

/// The weight of a media type: of the range that names it most closely.
fn weight(name: &str, ranges: &[(&str, f64)]) -> f64 {
    let any_of_kind = format!("{}/*", name.split('/').next().unwrap_or_default());
    let named = [name, &any_of_kind, "*/*"];
    let found = named.iter().find_map(|wanted| ranges.iter().find(|(range, _)| range == wanted));
    found.map_or(0.0, |(_, weight)| *weight)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::Wanted;

    fn of(accept: &'static str) -> Option<Wanted> {
        Wanted::of(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))])).ok()
    }

    #[test]
    fn the_most_wanted_form_is_taken_and_json_where_there_is_no_wish() {
        assert_eq!(Wanted::of(&HeaderMap::new()).ok(), Some(Wanted::Json));
        for (accept, wanted) in [
            ("*/*", Wanted::Json),
            ("application/*", Wanted::Json),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Wanted::Html),
            ("text/html", Wanted::Html),
            ("image/svg+xml", Wanted::Svg),
            ("application/x-ndjson", Wanted::Rows),
            ("Application/X-NDJSON; q=1.0", Wanted::Rows),
            ("application/json;q=0.5, application/x-ndjson", Wanted::Rows),
            ("image/png, application/json", Wanted::Json),
            ("image/*", Wanted::Png),
            ("application/json;q=0, */*;q=0.1", Wanted::Rows),
        ] {
            assert_eq!(of(accept), Some(wanted), "{accept}");
        }
    }

    #[test]
    fn a_form_that_is_not_made_is_refused() {
        for accept in ["text/csv", "image/gif", "application/json;q=0", "x"] {
            assert_eq!(of(accept), None, "{accept}");
        }
    }
}
