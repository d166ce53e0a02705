//! To whom a request is addressed (RFC 9110, 7.2).

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use url::{Host, Url};

use crate::config::{Listen, WebConfig};

use super::super::refusal::Refusal;
use super::single;

/// The host and port that a request names, the host as it is compared: names in lower case and ASCII, addresses in one
/// spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    pub host: Host<String>,
    pub port: Option<u16>,
}

impl Authority {
    /// Reads `example.org`, `127.0.0.1:7177`, `[::1]:7177`.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        let host = Host::parse(host.strip_suffix('.').unwrap_or(host)).ok()?;
        Some(Self { host, port })
    }

    /// Whether the name means this machine, whoever resolves it.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => IpAddr::V6(*address).to_canonical().is_loopback(),
        }
    }

    fn address(&self) -> Option<IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(IpAddr::V6(address).to_canonical()),
        }
    }
}

/// Whom the request names. It must name somebody, once, and not two.
pub(super) fn authority(request: &Request) -> Result<Authority, Refusal> {
    let unclear = || Refusal::new(StatusCode::BAD_REQUEST, "bad_request", "the request does not name one host");
    let named = single(request.headers(), header::HOST.as_str()).and_then(Authority::parse).ok_or_else(unclear)?;
    match request.uri().authority() {
        Some(target) if Authority::parse(target.as_str()).as_ref() != Some(&named) => Err(unclear()),
        _ => Ok(named),
    }
}

/// Whether that is us: this machine, the public address, or the address that we listen on.
pub(super) fn check(authority: Authority, listen: &Listen, web: &WebConfig) -> Result<Authority, Refusal> {
    let is_public = web.public_url.as_ref().and_then(Url::host).is_some_and(|host| host.to_owned() == authority.host);
    let is_listened = match (listen, authority.address()) {
        // An address is no name, so that no name server can make it lead here.
        (Listen::Tcp(listen), Some(address)) => {
            listen.ip().to_canonical() == address || (listen.ip().is_unspecified() && !address.is_loopback())
        }
        _ => false,
    };
    if authority.is_loopback() || is_public || is_listened {
        return Ok(authority);
    }
    let message = "this request is addressed to somebody else";
    Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", message)
        .hint("to serve the page under this name, write it as `public_url` below [web] in the configuration"))
}
