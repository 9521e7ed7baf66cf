"""Which IPv4 address stands behind an IPv6 address, for limits and for what may be connected to."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network

# RFC 6052: a network without IPv4 reaches it under these addresses.
_NAT64 = IPv6Network("64:ff9b::/96")


def carried(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address carries (mapped, NAT64, 6to4 of RFC 3056); any other as it is."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
