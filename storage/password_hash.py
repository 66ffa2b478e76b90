"""Passwords as argon2id hashes. Slow by purpose: run it in a thread, never inside a transaction."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106, second recommendation (64 MiB, 3 passes), with one lane: a sign-in must not take every core.
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)

# Of no password anybody knows: checked for usernames that do not exist, so that they take as long.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$utgvy1czHsKDFRN3mmTbXw$MNMMsevWOxgUoW7txsQuMSKKHlq78oa7aDDUyww+ZqM"


def make(password: str) -> str:
    """Return the hash to store; about a quarter of a second and 64 MiB."""
    return _HASHER.hash(password)


def check(password_hash: str | None, password: str) -> bool:
    """Say whether the password is the right one; takes as long without a hash, and then it is not."""
    try:
        return _HASHER.verify(password_hash or NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
