//! Who may come in: the tokens of a server, and what each request must show.

use std::fs;
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::warn;

use super::audit;
use super::config::Config;
use super::context;
use super::error::ApiError;
use super::routes;
use super::state::App;
use super::token::{Secret, TokenError, Tokens};

/// Where the first token's hash is kept, in the models folder. No model can have this name.
const FIRST_TOKEN_FILE: &str = "api-tokens.txt";

/// Why the server cannot tell who may come in.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Anybody in the network could reach the server, and nothing would stop them.
    #[error(
        "refusing to listen on {0}, which other machines can reach, without an API token. Do one of these:\n  \
         name a file of tokens with --tokens-file or ODDLOG_TOKENS_FILE;\n  \
         put one token into ODDLOG_TOKEN;\n  \
         let the server make one and print it once, with --first-run-token or ODDLOG_FIRST_RUN_TOKEN=true;\n  \
         listen on this machine alone, with --listen 127.0.0.1:5000;\n  \
         or, where something else keeps strangers away, say --insecure-without-token"
    )]
    Open(SocketAddr),
    /// A tokens file could not be read or written.
    #[error("cannot {work} the tokens in `{}`", .path.display())]
    File {
        /// `read` or `write`.
        work: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A tokens file has a wrong row.
    #[error("the tokens in `{}` cannot be used", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The row and what is wrong.
        source: TokenError,
    },
    /// A tokens file lets nobody in, which cannot be meant.
    #[error("there is no token in `{}`; each row should be a name, rights and a token", .0.display())]
    Empty(PathBuf),
    /// No randomness for a new token.
    #[error("the operating system gave no randomness for a token")]
    Random(#[from] getrandom::Error),
}

/// Makes the first token of a server that was told to and has none yet; the models folder keeps its hash. It is
/// returned this one time and can be shown to whoever started the server.
///
/// # Errors
/// [`AccessError`].
pub fn make_first_token(config: &Config) -> Result<Option<Secret>, AccessError> {
    if !config.first_run_token || config.tokens_file.is_some() || config.token.is_some() {
        return Ok(None);
    }
    let path = config.models_dir.join(FIRST_TOKEN_FILE);
    let failed = |source| AccessError::File { work: "write", path: path.clone(), source };
    fs::create_dir_all(&config.models_dir).map_err(failed)?;
    let secret = Secret::generate()?;
    let row = format!(
        "# The tokens of this server: name, rights (train,analyze,admin,metrics or all), token or its hash.\n\
         # Delete this file for a new first token at the next start.\nfirst all {}\n",
        secret.hashed()
    );
    // A file that was written by half would be refused at every later start.
    let mut file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(&config.models_dir)
        .map_err(failed)?;
    file.write_all(row.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(Some(secret)),
        Err(e) if e.error.kind() == ErrorKind::AlreadyExists => Ok(None),
        Err(e) => Err(failed(e.error)),
    }
}

/// The tokens that a configuration lets in; none where nobody needs one.
///
/// # Errors
/// [`AccessError`], also where strangers could reach a server that has none.
pub fn tokens(config: &Config) -> Result<Tokens, AccessError> {
    let mut tokens = Tokens::default();
    if let Some(path) = &config.tokens_file {
        let read = read(path)?.ok_or_else(|| {
            let source = ErrorKind::NotFound.into();
            AccessError::File { work: "read", path: path.clone(), source }
        })?;
        tokens.extend(read);
    }
    if let Some(token) = &config.token {
        tokens.add("environment", token);
    }
    if let Some(first) = read(&config.models_dir.join(FIRST_TOKEN_FILE))? {
        tokens.extend(first);
    }
    let is_reached = !config.listen.ip().is_loopback();
    let will_have_one = config.first_run_token && config.check;
    if tokens.is_empty() && is_reached && !config.insecure_without_token && !will_have_one {
        return Err(AccessError::Open(config.listen));
    }
    Ok(tokens)
}

/// `None` where there is no such file.
fn read(path: &Path) -> Result<Option<Tokens>, AccessError> {
    let failed = |source| AccessError::File { work: "read", path: path.to_owned(), source };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    let tokens: Tokens =
        text.parse().map_err(|source| AccessError::Content { path: path.to_owned(), source })?;
    if tokens.is_empty() {
        return Err(AccessError::Empty(path.to_owned()));
    }
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o007 != 0 {
        warn!("every user of this machine can read the tokens in `{}`; chmod 600 stops that", path.display());
    }
    Ok(Some(tokens))
}

/// Lets a request pass that shows a token with the right that its route asks for.
pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    match refusal(&app, &request) {
        Some(refusal) => {
            if let ApiError::Unauthorized { .. } | ApiError::Forbidden { .. } = refusal {
                audit::refused(request.method(), request.uri().path(), &refusal);
            }
            refusal.into_response()
        }
        None => next.run(request).await,
    }
}

fn refusal(app: &App, request: &Request) -> Option<ApiError> {
    if app.tokens.is_empty() {
        return None;
    }
    // A path that is none is told so to everybody.
    let path = request.extensions().get::<MatchedPath>()?;
    let rights = routes::rights(request.method(), path.as_str())?;
    let Some(token) = bearer(request.headers()) else {
        return Some(ApiError::Unauthorized { sent: false });
    };
    let Some(holder) = app.tokens.holder(token) else {
        return Some(ApiError::Unauthorized { sent: true });
    };
    context::set_caller(&holder.name);
    let may = rights.iter().any(|right| holder.rights.contains(right));
    (!may).then(|| ApiError::Forbidden { name: Arc::clone(&holder.name), right: rights[0].name() })
}

/// The token of `Authorization: Bearer`; the scheme in any case, as RFC 9110 has it.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
