//! Who is at the other end.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A peer as it is counted: everything on this machine is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Peer {
    /// By loopback or a socket in the file system, itself or through a proxy.
    Local,
    /// Of IPv6 the /64: one household has that many addresses.
    Network(IpAddr),
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
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("this machine"),
            Self::Network(address) => address.fmt(f),
        }
    }
}
