//! The body of a request: its type, its packing, its size, in the order in which faults are told.

use std::io::{self, BufRead, BufReader, Read};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::arrival::{self, Held, Pace};
use super::error::ApiError;
use super::frames::{Fault, Frames, Taken};
use super::state::App;
use crate::wire::{Format, RequestError};

/// The content types of lines.
const LINES: &str = "application/json, application/x-ndjson or text/plain";

/// The content type of bytes.
const JSON: &str = "application/json";
const OCTETS: &str = "application/octet-stream";

/// What UTF-8 and its part that is ASCII are called.
const UTF8: [&str; 4] = ["utf-8", "utf8", "us-ascii", "ascii"];

/// Largest body of a route that takes one object with choices: 32 rules of the longest patterns are a tenth of it.
const OBJECT_BYTES_MAX: usize = 1 << 20;

/// How many times its packed size a body that is read as it comes may have unpacked, once it is larger than one that is
/// read whole may be. Logs have 10 to 100; a bomb has 1,000 in gzip and any number in zstd.
const UNPACKED_TIMES_MAX: u64 = 250;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// A body that is yet to come, and what its headers say of it.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) format: Format,
    /// Query parameters, decoded.
    pub(super) query: Vec<(String, String)>,
    packing: Packing,
    body: Body,
}

impl Incoming {
    /// Looks at the headers of a request with lines: 415.
    pub(super) fn of(request: Request) -> Result<Self, ApiError> {
        Ok(Self {
            format: format_of(request.headers())?,
            packing: packing_of(request.headers())?,
            query: query_of(request.uri().query().unwrap_or_default()),
            body: request.into_body(),
        })
    }

    /// Reads the body whole: 413.
    pub(super) async fn collect(self, app: &App) -> Result<Payload, ApiError> {
        let limit_bytes = app.config.body_limit_bytes;
        Payload::of(self.format, self.query, self.packing, self.body, app, limit_bytes).await
    }

    /// Waits for the body's first bytes, and gives them and those that follow as they come, unpacked, for a thread that may
    /// wait; at most `stream_limit_bytes` of them, and of a packed one no more than its size lets expect.
    pub(super) async fn reader(self, app: &App) -> Result<Unpacked, ApiError> {
        let config = &app.config;
        let (mut pace, fault) = (Pace::new(config.read_timeout()), Fault::default());
        let (first, rest) = arrival::first(self.body, &mut pace).await?;
        let frames = Frames::of(first, rest, pace, fault.clone());
        Ok(Unpacked {
            packed: frames.taken(),
            source: Source::Packed(self.packing, frames),
            fault,
            n_bytes: 0,
            limit_bytes: config.stream_limit_bytes as u64,
            any_bytes: config.body_limit_bytes as u64,
        })
    }
}

/// Where a body's bytes come from, once the first of them is asked for.
enum Source {
    /// Nothing is read yet.
    Packed(Packing, Frames),
    /// What the packing is unpacked by.
    Open(&'static str, Box<dyn Read + Send>),
}

/// The unpacked bytes of a body, as they come.
pub(super) struct Unpacked {
    source: Source,
    fault: Fault,
    /// Bytes read before they were unpacked.
    packed: Taken,
    n_bytes: u64,
    limit_bytes: u64,
    /// So many are right however small they were packed.
    any_bytes: u64,
}

impl Unpacked {
    /// Why reading failed: what the server found, or what the decoder said.
    pub(super) fn fault(&mut self, said: io::Error) -> ApiError {
        let encoding = match &self.source {
            Source::Open(encoding, _) => encoding,
            Source::Packed(..) => "",
        };
        self.fault.take().unwrap_or(ApiError::Unpack { encoding, said })
    }
}

impl Read for Unpacked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Source::Packed(packing, frames) = &mut self.source {
            let (packing, frames) = (*packing, std::mem::take(frames));
            self.source = open(packing, frames)?;
        }
        let Source::Open(_, bytes) = &mut self.source else { return Ok(0) };
        let n_read = bytes.read(into)?;
        self.n_bytes += n_read as u64;
        if self.n_bytes > self.limit_bytes {
            return Err(self.fault.set(ApiError::StreamTooLarge(self.limit_bytes)));
        }
        if self.n_bytes > self.any_bytes && self.n_bytes / UNPACKED_TIMES_MAX > self.packed.bytes() {
            return Err(self.fault.set(ApiError::Bomb(self.any_bytes, UNPACKED_TIMES_MAX)));
        }
        Ok(n_read)
    }
}

fn open(packing: Packing, frames: Frames) -> io::Result<Source> {
    Ok(match packing {
        Packing::Plain => Source::Open("", Box::new(frames)),
        Packing::Gzip => {
            let mut packed = BufReader::new(frames);
            // an empty body is empty in every packing
            if packed.fill_buf()?.is_empty() {
                return Ok(Source::Open("gzip", Box::new(io::empty())));
            }
            Source::Open("gzip", Box::new(MultiGzDecoder::new(packed)))
        }
        Packing::Zstd => Source::Open("zstd", Box::new(zstd::Decoder::new(frames)?)),
    })
}

/// A body that was read whole and is still packed.
#[derive(Debug)]
pub(super) struct Payload<F = Format> {
    pub(super) format: F,
    /// Query parameters, decoded.
    pub(super) query: Vec<(String, String)>,
    packing: Packing,
    bytes: Bytes,
    limit_bytes: usize,
    /// Its memory, until it is done with.
    _held: Held,
}

/// The one format of a body that is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Octets;

/// The one format of a body that is a choice, not lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Object;

impl Payload<Object> {
    /// Reads the body of a request with one JSON object: 415 first, then 413.
    pub(super) async fn read_object(request: Request, app: &App) -> Result<Self, ApiError> {
        let limit_bytes = app.config.body_limit_bytes.min(OBJECT_BYTES_MAX);
        match content_type(request.headers(), JSON)?.as_str() {
            JSON => {
                only_utf8(request.headers())?;
                Self::read_as(Object, request, app, limit_bytes).await
            }
            other => Err(unsupported(other, JSON)),
        }
    }

    /// The object. Takes CPU time.
    pub(super) fn object<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let value: Value = serde_json::from_slice(&self.unpack()?).map_err(RequestError::MalformedJson)?;
        if !value.is_object() {
            // serde reads a list as the fields of a struct in their order
            return Err(ApiError::Shape(serde::de::Error::custom("it should be an object")));
        }
        serde_json::from_value(value).map_err(ApiError::Shape)
    }
}

impl Payload<Octets> {
    /// Reads the body of a request with bytes: 415 first, then 413.
    pub(super) async fn read_octets(request: Request, app: &App) -> Result<Self, ApiError> {
        match content_type(request.headers(), OCTETS)?.as_str() {
            OCTETS => Self::read_as(Octets, request, app, app.config.body_limit_bytes).await,
            other => Err(unsupported(other, OCTETS)),
        }
    }
}

impl<F> Payload<F> {
    async fn read_as(format: F, request: Request, app: &App, limit_bytes: usize) -> Result<Self, ApiError> {
        let packing = packing_of(request.headers())?;
        let query = query_of(request.uri().query().unwrap_or_default());
        Self::of(format, query, packing, request.into_body(), app, limit_bytes).await
    }

    async fn of(
        format: F,
        query: Vec<(String, String)>,
        packing: Packing,
        body: Body,
        app: &App,
        limit_bytes: usize,
    ) -> Result<Self, ApiError> {
        let (bytes, held) = arrival::whole(body, &app.room, limit_bytes, &app.config).await?;
        Ok(Self { format, query, packing, bytes, limit_bytes, _held: held })
    }

    /// The body's bytes, unpacked; at most the limit of them. Takes CPU time.
    pub(super) fn unpack(&self) -> Result<Bytes, ApiError> {
        let packed = &*self.bytes;
        match self.packing {
            Packing::Plain => Ok(self.bytes.clone()),
            // An empty body is empty in every packing.
            _ if packed.is_empty() => Ok(Bytes::new()),
            Packing::Gzip => self.unpack_from("gzip", MultiGzDecoder::new(packed)),
            Packing::Zstd => {
                let decoder = zstd::Decoder::with_buffer(packed);
                self.unpack_from("zstd", decoder.map_err(|said| ApiError::Unpack { encoding: "zstd", said })?)
            }
        }
    }

    fn unpack_from(&self, encoding: &'static str, decoder: impl Read) -> Result<Bytes, ApiError> {
        let mut bytes = Vec::new();
        let one_too_many = self.limit_bytes as u64 + 1;
        let read: io::Result<usize> = decoder.take(one_too_many).read_to_end(&mut bytes);
        read.map_err(|said| ApiError::Unpack { encoding, said })?;
        if bytes.len() > self.limit_bytes {
            return Err(ApiError::TooLarge(self.limit_bytes));
        }
        Ok(bytes.into())
    }
}

/// The content type without parameters, in lower case; `right` is what the route takes.
fn content_type(headers: &HeaderMap, right: &'static str) -> Result<String, ApiError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(ApiError::NoContentType { right });
    };
    let value = String::from_utf8_lossy(value.as_bytes());
    Ok(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// JSON has one encoding (RFC 8259, 8.1): what says that it has another would be read wrongly.
fn only_utf8(headers: &HeaderMap) -> Result<(), ApiError> {
    let value = headers.get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let named = value.split(';').skip(1).filter_map(|parameter| parameter.trim().strip_prefix("charset="));
    let mut others = named.map(|name| name.trim_matches('"')).filter(|name| !UTF8.contains(name));
    others.next().map_or(Ok(()), |other| Err(ApiError::Charset(other.chars().take(100).collect())))
}

fn unsupported(found: &str, right: &'static str) -> ApiError {
    ApiError::ContentType { found: found.chars().take(100).collect(), right }
}

fn format_of(headers: &HeaderMap) -> Result<Format, ApiError> {
    let format = match content_type(headers, LINES)?.as_str() {
        // Of a text the encoding is seen, and what is none is told in the reply.
        "text/plain" => return Ok(Format::Text),
        "application/json" => Format::Json,
        "application/x-ndjson" | "application/jsonl" | "application/x-jsonlines" => Format::Ndjson,
        other if other.starts_with("application/") && other.ends_with("+json") => Format::Json,
        other => return Err(unsupported(other, LINES)),
    };
    only_utf8(headers).map(|()| format)
}

fn packing_of(headers: &HeaderMap) -> Result<Packing, ApiError> {
    let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(Packing::Plain) };
    let value = String::from_utf8_lossy(value.as_bytes());
    match value.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(Packing::Plain),
        "gzip" | "x-gzip" => Ok(Packing::Gzip),
        "zstd" => Ok(Packing::Zstd),
        other => Err(ApiError::ContentEncoding(other.chars().take(100).collect())),
    }
}

fn query_of(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{Packing, format_of, packing_of};
    use crate::wire::Format;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn content_types_are_read_without_parameters_and_capitals() {
        for (value, format) in [
            ("application/json", Format::Json),
            ("application/json; charset=utf-8", Format::Json),
            ("Application/VND.api+JSON", Format::Json),
            ("application/x-ndjson", Format::Ndjson),
            ("text/plain;charset=UTF-8", Format::Text),
        ] {
            assert_eq!(format_of(&headers(header::CONTENT_TYPE, value)).unwrap(), format, "{value}");
        }
        for value in ["text/html", "", "json", "application/jsonx", "application/x-www-form-urlencoded"] {
            assert!(format_of(&headers(header::CONTENT_TYPE, value)).is_err(), "{value}");
        }
    }

    #[test]
    fn json_in_another_encoding_than_its_own_is_refused_and_of_a_text_the_encoding_is_seen() {
        for value in [
            "application/json; charset=latin1",
            "application/json;a=b; Charset=\"ISO-8859-1\"",
            "application/x-ndjson; charset=utf-16",
        ] {
            let error = format_of(&headers(header::CONTENT_TYPE, value)).unwrap_err();
            assert_eq!(error.code(), "unsupported_charset", "{value}");
        }
        for value in ["application/json; charset=\"UTF-8\"", "application/x-ndjson; charset=us-ascii"] {
            assert!(format_of(&headers(header::CONTENT_TYPE, value)).is_ok(), "{value}");
        }
        let text = headers(header::CONTENT_TYPE, "text/plain; charset=iso-8859-1");
        assert_eq!(format_of(&text).unwrap(), Format::Text);
    }

    #[test]
    fn an_unknown_packing_is_refused() {
        assert_eq!(packing_of(&HeaderMap::new()).unwrap(), Packing::Plain);
        assert_eq!(packing_of(&headers(header::CONTENT_ENCODING, "GZIP")).unwrap(), Packing::Gzip);
        assert!(packing_of(&headers(header::CONTENT_ENCODING, "br")).is_err());
        assert!(packing_of(&headers(header::CONTENT_ENCODING, "gzip, zstd")).is_err());
    }
}
