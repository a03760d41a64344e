//! The body of a request: its type, its packing, its size, in the order in which faults are told.

use std::io::{self, BufRead, BufReader, Read};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;

use super::config::Config;
use super::error::ApiError;
use super::frames::{Fault, Frames, Taken};
use crate::wire::{Format, RequestError};

/// The content types of lines.
const LINES: &str = "application/json, application/x-ndjson or text/plain";

/// The content type of bytes.
const JSON: &str = "application/json";
const OCTETS: &str = "application/octet-stream";

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
    pub(super) async fn collect(self, config: &Config) -> Result<Payload, ApiError> {
        let Self { format, query, packing, body } = self;
        let bytes = collect(body, config).await?;
        Ok(Payload { format, query, packing, bytes, limit_bytes: config.body_limit_bytes })
    }

    /// The body's bytes as they come, unpacked, for a thread that may wait; at most `stream_limit_bytes` of them, and of a
    /// packed one no more than its size lets expect. Must be called inside a tokio runtime.
    pub(super) fn reader(self, config: &Config) -> Unpacked {
        let fault = Fault::default();
        let frames = Frames::of(self.body, config.read_timeout(), fault.clone());
        Unpacked {
            packed: frames.taken(),
            source: Source::Packed(self.packing, frames),
            fault,
            n_bytes: 0,
            limit_bytes: config.stream_limit_bytes as u64,
            any_bytes: config.body_limit_bytes as u64,
        }
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
}

/// The one format of a body that is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Octets;

/// The one format of a body that is a choice, not lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Object;

impl Payload<Object> {
    /// Reads the body of a request with one JSON object: 415 first, then 413.
    pub(super) async fn read_object(request: Request, config: &Config) -> Result<Self, ApiError> {
        match content_type(request.headers(), JSON)?.as_str() {
            JSON => Self::read_as(Object, request, config).await,
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
    pub(super) async fn read_octets(request: Request, config: &Config) -> Result<Self, ApiError> {
        match content_type(request.headers(), OCTETS)?.as_str() {
            OCTETS => Self::read_as(Octets, request, config).await,
            other => Err(unsupported(other, OCTETS)),
        }
    }
}

impl<F> Payload<F> {
    async fn read_as(format: F, request: Request, config: &Config) -> Result<Self, ApiError> {
        let packing = packing_of(request.headers())?;
        let query = query_of(request.uri().query().unwrap_or_default());
        let bytes = collect(request.into_body(), config).await?;
        Ok(Self { format, query, packing, bytes, limit_bytes: config.body_limit_bytes })
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

fn unsupported(found: &str, right: &'static str) -> ApiError {
    ApiError::ContentType { found: found.chars().take(100).collect(), right }
}

fn format_of(headers: &HeaderMap) -> Result<Format, ApiError> {
    match content_type(headers, LINES)?.as_str() {
        "application/json" => Ok(Format::Json),
        "application/x-ndjson" | "application/jsonl" | "application/x-jsonlines" => Ok(Format::Ndjson),
        "text/plain" => Ok(Format::Text),
        other if other.starts_with("application/") && other.ends_with("+json") => Ok(Format::Json),
        other => Err(unsupported(other, LINES)),
    }
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

/// All bytes of a body within the limit.
///
/// Of one that is too large, as much again is read and thrown away, because a client that is still sending would see
/// a broken connection instead of the answer.
async fn collect(mut body: Body, config: &Config) -> Result<Bytes, ApiError> {
    let limit = config.body_limit_bytes;
    // What announces itself as too large is not kept while it comes.
    let announced_too_large = HttpBody::size_hint(&body).lower() > limit as u64;
    let mut bytes = BytesMut::new();
    let mut total = 0_usize;
    loop {
        let frame = timeout(config.read_timeout(), body.frame())
            .await
            .map_err(|_| ApiError::Slow(config.read_timeout_seconds))?;
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|_| ApiError::Interrupted)?.into_data() else { continue };
        total = total.saturating_add(data.len());
        if total <= limit && !announced_too_large {
            bytes.extend_from_slice(&data);
        } else if total / 2 > limit {
            break;
        } else {
            bytes = BytesMut::new();
        }
    }
    if total > limit || announced_too_large { Err(ApiError::TooLarge(limit)) } else { Ok(bytes.freeze()) }
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
    fn an_unknown_packing_is_refused() {
        assert_eq!(packing_of(&HeaderMap::new()).unwrap(), Packing::Plain);
        assert_eq!(packing_of(&headers(header::CONTENT_ENCODING, "GZIP")).unwrap(), Packing::Gzip);
        assert!(packing_of(&headers(header::CONTENT_ENCODING, "br")).is_err());
        assert!(packing_of(&headers(header::CONTENT_ENCODING, "gzip, zstd")).is_err());
    }
}
