"""Where a request comes from, as limits count it and evidence keeps it.

The connection's own address is believed. What a header says is believed only as far as proxies of ours wrote it, whose
number the environment names; anybody can send a header.
"""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def ip_of(request: HttpRequest) -> str:
    """Return the address of whoever sent the request, or "" when it cannot be told."""
    heard = [str(request.META.get("REMOTE_ADDR", ""))]
    proxies = settings.ENVIRONMENT.trusted_proxies
    if proxies:
        told = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
        heard = [*(address for address in told if address.strip()), *heard]
    # Each proxy adds the address that it saw to the end.
    return _plain(heard[max(0, len(heard) - 1 - proxies)])


def network_of(request: HttpRequest) -> str:
    """Return what a limit counts as one sender: an IPv4 address, or the /64 that one IPv6 customer has."""
    address = ip_of(request)
    if not address or "." in address:
        return address
    prefix = int(IPv6Address(address)) >> 64
    return f"{IPv6Address(prefix << 64)}/64"


def _plain(heard: str) -> str:
    try:
        address = ip_address(heard.strip().partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
