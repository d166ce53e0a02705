//! Who is at the other end.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};

/// Where a proxy names whom it hands a request on for: each adds the one before it at the end.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// A peer as it is counted: everything on this machine is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Peer {
    /// By loopback or a socket in the file system, itself or through a proxy that names nobody.
    Local,
    /// Of IPv6 the /64: one household has that many addresses.
    Network(IpAddr),
    /// Somebody whose proxy on this machine hands the request on, and does not say by an address for whom.
    Unnamed,
}

impl Peer {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            address if address.is_loopback() => Self::Local,
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::Network(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            address => Self::Network(address),
        }
    }

    /// For whom this peer asks: a proxy on this machine for the last one that its header names, which is the one that it saw
    /// itself; what stands before came from there. What other machines say of themselves counts for nothing.
    pub fn asking_for(self, headers: &HeaderMap) -> Self {
        match (self, headers.get_all(FORWARDED_FOR).iter().next_back()) {
            (Self::Local, Some(named)) => last(named).map_or(Self::Unnamed, Self::of),
            (peer, _) => peer,
        }
    }
}

/// The last address of a list, with or without a port.
fn last(list: &HeaderValue) -> Option<IpAddr> {
    let name = list.to_str().ok()?.rsplit(',').next()?.trim();
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    bare.parse().ok().or_else(|| name.parse().ok().map(|named: SocketAddr| named.ip()))
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("this machine"),
            Self::Network(address) => address.fmt(f),
            Self::Unnamed => f.write_str("somebody whom the proxy does not name"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Peer {
        Peer::Network(address.parse().expect("an address"))
    }

    #[test]
    fn a_peer_is_an_address_a_household_or_this_machine() {
        for (address, peer) in [
            ("127.0.0.1", Peer::Local),
            ("127.9.9.9", Peer::Local),
            ("::1", Peer::Local),
            ("::ffff:127.0.0.1", Peer::Local),
            ("192.0.2.7", network("192.0.2.7")),
            ("::ffff:192.0.2.7", network("192.0.2.7")),
            ("2001:db8:1:2::1", network("2001:db8:1:2::")),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", network("2001:db8:1:2::")),
            ("2001:db8:1:3::1", network("2001:db8:1:3::")),
        ] {
            assert_eq!(Peer::of(address.parse().expect("an address")), peer, "{address}");
        }
    }

    #[test]
    fn a_proxy_on_this_machine_names_for_whom_it_asks() {
        let stranger = network("192.0.2.7");
        for (peer, headers, asking) in [
            (Peer::Local, &[][..], Peer::Local),
            (Peer::Local, &["192.0.2.7"], stranger),
            (Peer::Local, &["192.0.2.7:4711"], stranger),
            (Peer::Local, &["::ffff:192.0.2.7"], stranger),
            (Peer::Local, &["2001:db8:1:2::5"], network("2001:db8:1:2::")),
            (Peer::Local, &["[2001:db8:1:2::5]"], network("2001:db8:1:2::")),
            (Peer::Local, &["[2001:db8:1:2::5]:4711"], network("2001:db8:1:2::")),
            (Peer::Local, &["127.0.0.1"], Peer::Local),
            // Whatever a stranger says of himself stands before what the proxy saw.
            (Peer::Local, &["127.0.0.1, 198.51.100.1,192.0.2.7 "], stranger),
            (Peer::Local, &["127.0.0.1", "192.0.2.7"], stranger),
            (Peer::Local, &["192.0.2.7, unknown"], Peer::Unnamed),
            (Peer::Local, &["unix:"], Peer::Unnamed),
            (Peer::Local, &[""], Peer::Unnamed),
            (Peer::Local, &["192.0.2.7,"], Peer::Unnamed),
            (Peer::Local, &["192.0.2.7, caf\u{e9}"], Peer::Unnamed),
            // Who comes from elsewhere has no proxy that we know.
            (stranger, &["198.51.100.1"], stranger),
            (stranger, &["127.0.0.1"], stranger),
        ] {
            let values = headers.iter().map(|value| HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
            let mut map = HeaderMap::new();
            values.for_each(|value| {
                map.append(FORWARDED_FOR, value);
            });
            assert_eq!(peer.asking_for(&map), asking, "{peer}: {headers:?}");
        }
    }
}
