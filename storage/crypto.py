"""Seal who somebody is: encrypted at rest, found again by a keyed hash.

Knows keys and bytes, not tables. Every key is derived from the one `SECRET_KEY` (HKDF-SHA256, RFC 5869),
each for one purpose, so that a key used in one place opens nothing in another.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import WrongKey

MIN_SECRET_CHARS = 32
_FORMAT = b"\x01"  # first byte of everything sealed: lets a later format live beside this one
_NONCE_BYTES = 12


def derive(secret: str, label: str, length: int = 32) -> bytes:
    """Return `length` bytes of key material for one purpose; the same secret and label give the same bytes."""
    return HKDF(SHA256(), length, salt=b"hai-chieu", info=label.encode()).derive(secret.encode())


class Vault:
    """Seals, opens and looks up short texts (names, phone numbers, chat addresses)."""

    def __init__(self, secret: str) -> None:
        """Args: secret: `SECRET_KEY`, at least 32 characters; shorter raises ValueError."""
        if len(secret) < MIN_SECRET_CHARS:
            raise ValueError(f"a secret key has at least {MIN_SECRET_CHARS} characters")
        self._cipher = AESGCM(derive(secret, "seal"))
        self._lookup_key = derive(secret, "lookup")
        self.fingerprint = derive(secret, "fingerprint", 8).hex()

    def seal(self, column: str, text: str) -> bytes:
        """Encrypt a text for one column ("addresses.value"); the same text never gives the same bytes twice."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, text.encode(), column.encode())

    def open(self, column: str, sealed: bytes) -> str:
        """Decrypt; raises WrongKey when the key or the column is another, or the bytes were changed."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if sealed[:1] != _FORMAT:
                raise WrongKey(f"{column}: sealed in a format this version does not know")
            return self._cipher.decrypt(nonce, body, column.encode()).decode()
        except (InvalidTag, ValueError) as exc:
            raise WrongKey(f"{column}: cannot be opened with this SECRET_KEY") from exc

    def lookup(self, column: str, text: str) -> bytes:
        """Return the 32-byte keyed hash under which a sealed text is found again."""
        return hmac.new(self._lookup_key, f"{column}\0{text}".encode(), hashlib.sha256).digest()

    def matches(self, column: str, text: str, given: str) -> bool:
        """Say whether `given` is the lookup of a text in hexadecimal, without telling how much of it is right."""
        return hmac.compare_digest(self.lookup(column, text).hex().encode(), given.encode())
