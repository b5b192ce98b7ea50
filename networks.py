"""Which addresses are one visitor's: what limits count, where they count by address.

Whoever has IPv6 at home, or rents a server with it, has a network of 2**64 addresses, and takes
another one whenever he likes; the first half says whose it is. Source: RFC 6177; RFC 4291, section
2.5.5.2.
"""

from ipaddress import AddressValueError, IPv6Address, IPv6Network


def of(address: str | None) -> str:
    """The network that an address is counted as; empty where there is none.

    IPv6 is its /64, IPv4 in the clothes of IPv6 is IPv4, and anything else is what it is.
    """
    try:
        known = IPv6Address(address or "")
    except AddressValueError:
        return address or ""
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(IPv6Network((int(known), 64), strict=False))
