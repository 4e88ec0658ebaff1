"""Ids and secrets: a prefix that names the kind, then random letters and digits that nobody can guess."""

from __future__ import annotations

import hashlib
import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, *, length: int = 24) -> str:
    """Return `prefix_` and `length` random letters and digits."""
    return prefix + "_" + "".join(secrets.choice(ALPHABET) for _ in range(length))


def digest(secret: str) -> str:
    """Return the hash under which a random secret is stored and looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()
