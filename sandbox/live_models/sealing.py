"""Secrets at rest: encrypted with a key derived from SECRET_KEY, readable across its rotation."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

PURPOSE = b"tutti model key 1"


class Unsealable(Exception):
    """What was sealed cannot be opened with any key that the site knows."""


def seal(secret: str) -> bytes:
    """Under the present SECRET_KEY."""
    return _fernet().encrypt(secret.encode())


def opened(sealed: bytes | memoryview) -> str:
    """The secret, whichever of the known keys sealed it. Raises `Unsealable`."""
    try:
        return _fernet().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise Unsealable from None


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(secret_key: str | bytes) -> bytes:
    """A key of its own for this purpose: what signs cookies never encrypts."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return base64.urlsafe_b64encode(derivation.derive(force_bytes(secret_key)))
