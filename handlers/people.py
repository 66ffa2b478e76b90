"""What officials see of residents: counts; and, for who may have personal data, one person by their exact phone number."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.errors import Invalid
from handlers.officials import Official, Permission, in_scope, require, scope
from storage import audit, held, identities
from storage.db import Tx
from storage.held import Counts, Person
from storage.identities import Identity

SEEN_DAYS = (7, 30, 90, 365)
MAX_CODES = 50
_NO_DIGIT = re.compile(r"[\s.()\-]+")


def count(tx: Tx, official: Official, now: datetime) -> Counts:
    """Count the residents of the official's area; `seen` by `SEEN_DAYS`. Raises NotAllowed."""
    require(official, Permission.READ_PEOPLE)
    return held.count(tx, scope(official), [now - timedelta(days=days) for days in SEEN_DAYS])


@dataclass(frozen=True, slots=True)
class Found:
    """One resident with what they told of who they are."""

    identity: Identity
    person: Person


def look_up(tx: Tx, official: Official, phone: str, now: datetime) -> Found | None:
    """Return whoever gave exactly this number, of the official's area; written into the audit log, found or not.

    The caller commits. Raises NotAllowed, Invalid.
    """
    require(official, Permission.READ_PEOPLE)
    require(official, Permission.EXPORT_PERSONAL)
    number = fold_phone(phone)
    if not re.fullmatch(r"\d{8,15}", number, re.ASCII):
        raise Invalid("phone", "Gõ đủ số điện thoại, ví dụ: 0912 345 678.")
    resident_id = identities.find_by_phone(tx, number)
    person = held.get(tx, resident_id, MAX_CODES) if resident_id is not None else None
    if person is None or resident_id is None or not in_scope(official, person.commune_code):
        resident_id = person = None
    # Never the number: what was searched for without being found is somebody's too.
    audit.write(tx, official.id, "person.look_up", "person", str(resident_id or "-"), {}, now)
    if resident_id is None or person is None:
        return None
    return Found(identities.get_identity(tx, resident_id), person)


def fold_phone(phone: str) -> str:
    """Write a number as it is kept: digits alone, +84 as 0."""
    digits = _NO_DIGIT.sub("", phone)
    return "0" + digits[3:] if digits.startswith("+84") else digits
