"""What was learned from the content that ships, kept in a file, so that the next start need not learn it again.

Learning takes a start some four seconds of the processor; reading the file, a twentieth of one.
"""

import hashlib
import hmac
import logging
import os
import pickle
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from bot.config import DATA_DIR
from faq import Matcher
from faq.signals import Signals
from storage.crypto import derive

FILE = DATA_DIR / "learned"
_PROOF = hashlib.sha256().digest_size

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Learned:
    """The matcher over the topics that ship, and the signals; both have learned."""

    matcher: Matcher
    signals: Signals


def recall(secret_key: str, file: Path = FILE) -> Learned | None:
    """Return what was kept; None if it was learned from other content, by another program, or is damaged."""
    try:
        kept = file.read_bytes()
    except OSError:
        return None
    payload = kept[_PROOF:]
    if not hmac.compare_digest(kept[:_PROOF], _proof(secret_key, payload)):
        return None
    # A pickle can run anything when it is read: this one was written by who holds the secret key.
    learned = pickle.loads(payload)  # noqa: S301  # as said
    return learned if isinstance(learned, Learned) else None


def keep(secret_key: str, learned: Learned, file: Path = FILE) -> None:
    """Write it down for the next start; what cannot be written is learned again then."""
    payload = pickle.dumps(learned, protocol=5)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            opened.write(_proof(secret_key, payload) + payload)
        new.replace(file)
    except OSError as exc:
        log.warning("what was learned is not kept", extra={"error": type(exc).__name__})


def _proof(secret_key: str, payload: bytes) -> bytes:
    proof = hmac.new(derive(secret_key, "learned"), _edition(), hashlib.sha256)
    proof.update(payload)
    return proof.digest()


def _edition() -> bytes:
    """Return what tells content and program apart from any others that would learn something else."""
    digest = hashlib.sha256(f"{sys.version} {np.__version__}".encode())
    for entry in (*_files(resources.files("faq")), resources.files("handlers") / "signals.py"):
        content = entry.read_bytes()
        digest.update(f"{entry.name} {len(content)} ".encode() + content)
    return digest.digest()


def _files(folder: Traversable) -> Iterable[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry)
        elif entry.name.endswith((".py", ".yaml")):
            yield entry
