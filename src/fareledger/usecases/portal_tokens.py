"""The secrets in magic links and portal cookies, and the hashes that are kept of them.

A link's token is derived from a random seed with the installation's secret key. The outbox keeps the seed,
never the token: whoever reads the database cannot open a link, and an email sent again carries the same link.
"""

import base64
import hashlib
import secrets

from django.utils.crypto import salted_hmac


def new_secret() -> str:
    """Return 256 bits from the system's generator, as 43 characters that are safe in a URL."""
    return secrets.token_urlsafe(32)


def link_token(seed: str) -> str:
    """Return the token of the link that was made from `seed`: 256 bits, 43 characters."""
    digest = salted_hmac("fareledger.portal_link", seed, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(token: str) -> str:
    """Return what the database keeps of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
