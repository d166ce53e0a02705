//! Which addresses strangers' links may reach: the public internet, and what the operator opened.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::config::PrivateAddresses;

/// Decides whether a host or an address may be asked on behalf of a stranger's link.
#[derive(Debug, Clone)]
pub(super) struct AddressPolicy {
    everything: bool,
    hosts: Vec<String>,
    blocks: Vec<(IpAddr, u8)>,
}

impl AddressPolicy {
    pub(super) fn new(private: &PrivateAddresses) -> Self {
        let mut policy = Self { everything: false, hosts: Vec::new(), blocks: Vec::new() };
        match private {
            PrivateAddresses::Refused => {}
            PrivateAddresses::Allowed => policy.everything = true,
            PrivateAddresses::Only(names) => names.iter().for_each(|name| policy.open(name)),
        }
        policy
    }

    fn open(&mut self, name: &str) {
        match parse_block(name) {
            Some(block) => self.blocks.push(block),
            None => self.hosts.push(name.to_ascii_lowercase()),
        }
    }

    /// Whether the host of `url`, as far as it is a literal address, may be reached. Names are judged when resolved.
    fn allows_literal(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => self.allows(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.allows(IpAddr::V6(address)),
            Some(Host::Domain(_)) => true,
            None => false,
        }
    }

    /// Whether an address may be reached as far as it says itself where it leads; behind a proxy nobody asks further.
    pub(super) fn allows_unresolved(&self, url: &Url) -> bool {
        let is_here = |name: &str| name == "localhost" || name.ends_with(".localhost");
        match url.host() {
            Some(Host::Domain(name)) if is_here(name.trim_end_matches('.')) => {
                self.allows_name(name) || self.allows(IpAddr::V4(Ipv4Addr::LOCALHOST))
            }
            _ => self.allows_literal(url),
        }
    }

    fn allows_name(&self, name: &str) -> bool {
        self.everything || self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name.trim_end_matches('.')))
    }

    fn allows(&self, address: IpAddr) -> bool {
        self.everything || is_public(address) || self.blocks.iter().any(|block| block_holds(block, address))
    }
}

/// `10.0.0.0/8`, or one address as a block of its own.
fn parse_block(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
    let widest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = if prefix.is_empty() { widest } else { prefix.parse().ok()? };
    (prefix <= widest).then_some((address, prefix))
}

fn block_holds((block, prefix): &(IpAddr, u8), address: IpAddr) -> bool {
    let (block, address, width) = match (block, address.to_canonical()) {
        (IpAddr::V4(b), IpAddr::V4(a)) => (u128::from(b.to_bits()), u128::from(a.to_bits()), 32),
        (IpAddr::V6(b), IpAddr::V6(a)) => (b.to_bits(), a.to_bits(), 128),
        _ => return false,
    };
    let shift = width - u32::from(*prefix);
    block.checked_shr(shift).unwrap_or(0) == address.checked_shr(shift).unwrap_or(0)
}

/// Whether an address is globally reachable by the IANA special-purpose registries (RFC 6890 and its updates).
///
/// IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo) counts as not public: it is a way around this check, and a public
/// IPv4 host can be reached without it.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, _, _)
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let global_unicast = first & 0xe000 == 0x2000;
    let protocol_assignments = first == 0x2001 && second < 0x0200;
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    let six_to_four = first == 0x2002;
    global_unicast && !protocol_assignments && !documentation && !six_to_four
}

/// Whether the host of `url` is in a private network, as far as its name can be looked up now.
pub async fn leads_home(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => !is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => !is_public(IpAddr::V6(address)),
        Some(Host::Domain(name)) => {
            tokio::net::lookup_host((name, 0)).await.is_ok_and(|mut found| found.any(|at| !is_public(at.ip())))
        }
        None => false,
    }
}

/// The resolver of connections made for strangers: it hides every address that the policy refuses, so that the check
/// holds for the connection that is really made (no second look-up that could answer differently).
pub(super) struct GuardedResolver {
    pub(super) policy: Arc<AddressPolicy>,
    /// Hosts that the operator named as the way to all others.
    pub(super) proxies: Vec<String>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.policy);
        let is_proxy = self.proxies.iter().any(|proxy| proxy.eq_ignore_ascii_case(name.as_str()));
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let known = !found.is_empty();
            let open = is_proxy || policy.allows_name(&host);
            let allowed: Vec<SocketAddr> =
                found.into_iter().filter(|address| open || policy.allows(address.ip())).collect();
            if known && allowed.is_empty() {
                return Err(Box::new(PrivateHost { host }) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Every address of the host is private.
#[derive(Debug, thiserror::Error)]
#[error("`{host}` is in a private network")]
pub(super) struct PrivateHost {
    pub(super) host: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_private_address_is_refused() {
        let policy = AddressPolicy::new(&PrivateAddresses::Refused);
        for url in [
            "http://127.0.0.1/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://１２７.0.0.1/",
            "http://10.1.2.3/",
            "http://100.64.0.1/",
            "http://169.254.169.254/",
            "http://172.31.255.255/",
            "http://192.168.0.1/",
            "http://0.0.0.0/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:8.8.8.8]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[2001:0:7f00:1::]/",
            "http://[fe80::1]/",
            "http://[fc00::1]/",
            "http://[fd12:3456::1]/",
            "http://[ff02::1]/",
        ] {
            let parsed = Url::parse(url).expect(url);
            assert!(!policy.allows_literal(&parsed), "{url}");
        }
    }

    #[test]
    fn public_addresses_and_names_pass() {
        let policy = AddressPolicy::new(&PrivateAddresses::Refused);
        for url in ["http://8.8.8.8/", "http://[2606:4700::1111]/", "http://example.org/", "http://172.32.0.1/"] {
            assert!(policy.allows_literal(&Url::parse(url).expect(url)), "{url}");
        }
    }

    #[tokio::test]
    async fn an_address_leads_home_by_number_and_by_name() {
        for (url, home) in [
            ("http://127.0.0.1:80/", true),
            ("http://[fd12::1]/", true),
            ("http://localhost/", true),
            ("http://8.8.8.8/", false),
        ] {
            assert_eq!(leads_home(&Url::parse(url).expect(url)).await, home, "{url}");
        }
    }

    #[test]
    fn the_operator_opens_hosts_and_blocks() {
        let opened = PrivateAddresses::Only(vec!["10.0.0.0/8".into(), "127.0.0.1".into(), "intranet".into()]);
        let policy = AddressPolicy::new(&opened);
        assert!(policy.allows(IpAddr::from([10, 9, 8, 7])));
        assert!(policy.allows(IpAddr::from([127, 0, 0, 1])));
        assert!(!policy.allows(IpAddr::from([127, 0, 0, 2])));
        assert!(!policy.allows(IpAddr::from([192, 168, 0, 1])));
        assert!(policy.allows_name("Intranet."));
        assert!(!policy.allows_name("intranet.example.org"));
    }
}
