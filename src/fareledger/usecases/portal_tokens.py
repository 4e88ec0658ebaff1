"""The secrets in magic links, codes and portal cookies, and the hashes that are kept of them.

A link's token and a code are derived from a random seed with the installation's secret key. The outbox keeps the seed,
never the token: whoever reads the database cannot open a link, and an email sent again carries the same link.
"""

import base64
import hashlib
import secrets
from uuid import UUID

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


def code_of(seed: str) -> str:
    """Return the six-digit code that was made from `seed`."""
    digest = salted_hmac("fareledger.portal_code", seed, algorithm="sha256").digest()
    return f"{int.from_bytes(digest) % 1_000_000:06d}"


def code_hash(code: str, *, code_id: UUID) -> str:
    """Return what the database keeps of a code: six digits are soon guessed, so the secret key is needed to compare."""
    return str(salted_hmac(f"fareledger.portal_code_hash.{code_id}", code, algorithm="sha256").hexdigest())
