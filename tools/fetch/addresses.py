"""Tell addresses of the public internet from those of this machine and of the networks around it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

#: Nothing outside is routed between networks; what lies elsewhere is local, reserved or a way of writing IPv4.
_ROUTED = IPv6Network("2000::/3")
#: Not for the public, whatever the registry of special addresses of this Python says of them: protocols, tunnels
#: that deliver to an IPv4 address of the sender's choice (Teredo, 6to4 and its relays), documentation.
_SPECIAL = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"), IPv6Network("2001::/23"),
            IPv6Network("2002::/16"), IPv6Network("3fff::/20"))
#: Looks public, and is the machine below a rented one: it answers any program there, and knows secrets.
_PLATFORM = frozenset({IPv4Address("168.63.129.16")})
#: The well-known way to write an IPv4 address for a translator; the local ones (64:ff9b:1::/48) are private.
_TRANSLATED = IPv6Network("64:ff9b::/96")
#: The two halves of an ISATAP interface: its IPv4 address follows.
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
#: Ports above 1023 that speak another protocol than HTTP, as browsers refuse them (fetch.spec.whatwg.org).
_OTHER_PORTS = frozenset({1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668,
                          6669, 6679, 6697, 10080})


def is_public(address: str) -> bool:
    """Return whether *address* (an IP, as resolved) lies in the public internet.

    An IPv6 address that only wraps an IPv4 address is judged by the one inside.
    """
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        low = IPv4Address(int(ip) & 0xFFFF_FFFF)
        if ip.ipv4_mapped is not None or ip in _TRANSLATED:
            return is_public(str(low))
        if ip not in _ROUTED or (int(ip) >> 32 & 0xFFFF_FFFF in _ISATAP and not is_public(str(low))):
            return False
    special = any(ip.version == network.version and ip in network for network in _SPECIAL)
    return ip.is_global and not ip.is_multicast and not special and ip not in _PLATFORM


def web_port(port: int) -> bool:
    """Return whether a site may be served at *port*; mail and other services listen at the others."""
    return port in (80, 443) or (port >= 1024 and port not in _OTHER_PORTS)
