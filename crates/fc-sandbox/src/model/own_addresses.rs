//! The addresses on which a sandbox listens. No event may be sent there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// The addresses. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnAddresses(Arc<Mutex<Vec<SocketAddr>>>);

impl OwnAddresses {
    /// Adds addresses until the guard is dropped.
    pub(crate) fn listen(&self, addresses: Vec<SocketAddr>) -> Listening {
        lock(&self.0).extend(&addresses);
        Listening { own: self.clone(), addresses }
    }

    /// Whether a connection from `local` to `peer` is one to the sandbox itself.
    pub(crate) fn has(&self, peer: SocketAddr, local: IpAddr) -> bool {
        let (ip, local) = (peer.ip().to_canonical(), local.to_canonical());
        lock(&self.0).iter().any(|own| {
            let own_ip = own.ip().to_canonical();
            let reaches = own_ip == ip || (own_ip.is_unspecified() && (ip.is_loopback() || ip == local));
            own.port() == peer.port() && reaches
        })
    }

    /// Whether `host` with `port` is an address of the sandbox, as far as it can be told without a look-up.
    pub(crate) fn has_named(&self, host: &str, port: u16) -> bool {
        let addresses: &[IpAddr] = match host.parse::<IpAddr>() {
            Ok(address) => &[address],
            Err(_) if host.eq_ignore_ascii_case("localhost") => {
                &[IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
            }
            Err(_) => &[],
        };
        let elsewhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        addresses.iter().any(|address| self.has(SocketAddr::new(*address, port), elsewhere))
    }
}

/// The time in which a sandbox listens.
#[derive(Debug)]
pub(crate) struct Listening {
    own: OwnAddresses,
    addresses: Vec<SocketAddr>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        lock(&self.own.0).retain(|address| !self.addresses.contains(address));
    }
}
