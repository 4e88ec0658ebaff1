"""Secrets that must be read again and yet mean nothing to whoever reads the database alone.

They are sealed with a key derived from the installation's secret key. A secret that is only ever compared is hashed
instead and never comes here.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(text: str) -> str:
    """Return the text encrypted and signed."""
    return _box(settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what was sealed; raises cryptography.fernet.InvalidToken for anything else."""
    return _box(settings.SECRET_KEY).decrypt(sealed.encode()).decode()


@lru_cache(maxsize=4)
def _box(secret_key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"fareledger.sealing").derive(
        secret_key.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))
