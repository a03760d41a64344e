//! Requests as bytes, and what comes back, however wrong it is.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// Longer than anything that the server waits for: what has no end by then hangs.
const HANG: Duration = Duration::from_secs(60);

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// An answer of this status.
    Status(u16),
    /// No answer, and the connection is closed, where the rules let the server do that.
    Closed,
    /// No answer, and the connection is closed, where there should have been one.
    Unanswered,
    /// Neither an answer nor an end.
    Hang,
    /// The client has left.
    Left,
}

impl Outcome {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Closed => "closed".to_owned(),
            Self::Unanswered => "unanswered".to_owned(),
            Self::Hang => "hang".to_owned(),
            Self::Left => "left".to_owned(),
        }
    }
}

/// A connection that is opened where there is none.
pub(crate) struct Line {
    address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Line {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request and takes the whole answer; `may_close` where the server may do so without a word.
    pub(crate) fn send(&mut self, request: &[u8], may_close: bool) -> Outcome {
        let is_used = self.stream.is_some();
        let outcome = self.once(request, may_close);
        // Between two requests the server may close; that is no answer to the second.
        if is_used && outcome == Outcome::Unanswered { self.once(request, may_close) } else { outcome }
    }

    /// Closes the connection.
    pub(crate) fn close(&mut self) {
        self.stream = None;
    }

    fn once(&mut self, request: &[u8], may_close: bool) -> Outcome {
        let mut stream = match self.stream.take().map_or_else(|| open(self.address), Ok) {
            Ok(stream) => stream,
            Err(_) => return Outcome::Unanswered,
        };
        // What the server does not want to read it has answered all the same.
        let written = stream.write_all(request);
        match answer(&mut stream) {
            Ok((status, is_open)) => {
                self.stream = Some(stream).filter(|_| is_open && written.is_ok());
                Outcome::Status(status)
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Outcome::Hang,
            Err(_) if may_close => Outcome::Closed,
            Err(_) => Outcome::Unanswered,
        }
    }
}

/// A connection from another address than that of the honest clients, as an attacker's is.
pub(crate) fn open(address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2), 0)).into())?;
    socket.connect(&address.into())?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(HANG))?;
    stream.set_write_timeout(Some(HANG))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The status of the answer that comes, and whether the connection stays open after it.
pub(crate) fn answer(stream: &mut TcpStream) -> std::io::Result<(u16, bool)> {
    let mut head = Vec::new();
    let mut byte = [0];
    loop {
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        if !head.starts_with(b"HTTP/1.1 100") {
            break;
        }
        head.clear();
    }
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let header = |name: &str| text.lines().find_map(|row| row.strip_prefix(name)).map(str::trim);
    if status != 204 && status != 304 {
        match header("content-length:").and_then(|length| length.parse::<u64>().ok()) {
            Some(length) => {
                let mut body = Read::by_ref(stream).take(length);
                std::io::copy(&mut body, &mut std::io::sink())?;
            }
            None if header("transfer-encoding:").is_some() => chunks(stream)?,
            None => {}
        }
    }
    Ok((status, header("connection:") != Some("close")))
}

fn chunks(stream: &mut TcpStream) -> std::io::Result<()> {
    loop {
        let mut size = Vec::new();
        let mut byte = [0];
        while !size.ends_with(b"\r\n") {
            stream.read_exact(&mut byte)?;
            size.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&size);
        let length = u64::from_str_radix(text.trim(), 16).map_err(std::io::Error::other)?;
        std::io::copy(&mut Read::by_ref(stream).take(length.saturating_add(2)), &mut std::io::sink())?;
        if length == 0 {
            return Ok(());
        }
    }
}

/// A request with these rows of headers behind the first two, and a body.
pub(crate) fn request(method: &str, path: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n").into_bytes();
    for header in headers {
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}
