"""Which addresses of other systems we may call.

An operator names an address, and our own machines call it: without rules that would be a way into our network. So it
is https on the public internet, and whoever connects does so to the very number that was judged here. Names are
resolved elsewhere; nothing here touches the network.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from fareledger.domain.errors import Refused

MAX_URL: Final = 500
_HTTPS_PORT: Final = 443
# Below it live mail, name and login services, which are no place for a webhook.
_FIRST_FREE_PORT: Final = 1024
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "lan", "home", "intranet", "corp", "home.arpa")

_NAT64: Final = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_SIX_TO_FOUR: Final = ipaddress.ip_network("2002::/16")
_TEREDO: Final = ipaddress.ip_network("2001::/32")
# For documentation since 2024; older tables do not know it.
_EXAMPLES: Final = ipaddress.ip_network("3fff::/20")
_GLOBAL_SIX: Final = ipaddress.ip_network("2000::/3")
_NOT_OURS_TO_CALL: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
    )
)


class AddressRefused(Refused):
    """An address that we do not call; the message says which rule it breaks."""

    def __init__(self, message: str) -> None:
        super().__init__(code="address_refused", message=message, field="/url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address taken apart. `host` is a name or a number without brackets, `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def secure(self) -> bool:
        """Whether the call is encrypted."""
        return self.scheme == "https"

    @property
    def host_header(self) -> str:
        """The host as the request names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = _HTTPS_PORT if self.secure else 80
        return host if self.port == standard else f"{host}:{self.port}"


def parse_target(url: str, *, loopback: bool = False) -> Target:
    """Take an address apart and check all that can be seen without resolving its name. Raises AddressRefused.

    `loopback` also allows this machine, without encryption and on any port: for demos and tests only.
    """
    if len(url) > MAX_URL or not url.isascii() or any(character <= " " for character in url):
        raise AddressRefused(f"Give one address of at most {MAX_URL} plain characters, without blanks.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("Give a whole address, such as https://example.com/fareledger.") from None
    host = (parts.hostname or "").rstrip(".")
    if not host or parts.scheme not in ("https", "http"):
        raise AddressRefused("Give a whole address, such as https://example.com/fareledger.")
    if parts.username is not None or parts.password is not None or "#" in url:
        raise AddressRefused("Give the address without a user name, a password or a part after #.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(
        scheme=parts.scheme, host=host, port=port or (443 if parts.scheme == "https" else 80), path=path
    )
    if not (loopback and _means_this_machine(host)):
        _check_public(target)
    return target


def _means_this_machine(host: str) -> bool:
    number = _number(host)
    return host == "localhost" if number is None else number.is_loopback


def _check_public(target: Target) -> None:
    if not target.secure:
        raise AddressRefused("The address must begin with https://.")
    if target.port != _HTTPS_PORT and not _FIRST_FREE_PORT <= target.port <= 65535:
        raise AddressRefused("The port must be 443, or 1024 and above.")
    number = _number(target.host)
    if number is not None:
        check_number(str(number))
    elif "." not in target.host or target.host.rpartition(".")[2].isdecimal():
        raise AddressRefused("Give the full name of a host on the internet.")
    elif any(target.host == name or target.host.endswith(f".{name}") for name in _LOCAL_NAMES):
        raise AddressRefused("This name is not on the public internet.")


def check_number(text: str, *, loopback: bool = False) -> None:
    """Check that an IP address is one of the public internet. Raises AddressRefused.

    Also refused are the ways in which a private IPv4 address can be written as an IPv6 one.
    """
    number = _number(text)
    if number is None:
        raise AddressRefused("The name leads to no address that can be read.")
    if loopback and number.is_loopback:
        return
    if isinstance(number, ipaddress.IPv6Address):
        public = _is_public_six(number)
    else:
        public = _is_public_four(number)
    if not public:
        raise AddressRefused("The address is not on the public internet.")


def _is_public_four(number: ipaddress.IPv4Address) -> bool:
    if number.is_multicast or number.is_unspecified or not number.is_global:
        return False
    return not any(number in network for network in _NOT_OURS_TO_CALL)


def _is_public_six(number: ipaddress.IPv6Address) -> bool:
    # A number that only stands for an IPv4 one may lead anywhere a translator can reach: no such detours.
    detours = (*_NAT64, _SIX_TO_FOUR, _TEREDO, _EXAMPLES)
    if number.ipv4_mapped is not None or any(number in network for network in detours):
        return False
    if number.scope_id or number.is_multicast or number.is_site_local or number not in _GLOBAL_SIX:
        return False
    return number.is_global


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
