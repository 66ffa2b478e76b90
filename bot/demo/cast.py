"""Who plays: officials of every role, residents of four communes. Names and numbers that nobody can have."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers import accounts
from handlers.accounts import Draft
from handlers.areas import AreaBook
from handlers.officials import Official, Role
from storage import identities, intake, people
from storage.db import Tx
from storage.identities import Identity

RESIDENTS = 300
COMMUNES = ("11074", "11020", "10525", "11239")
"""Where the shipped areas are in use; of others the first four are taken."""
_SHARES = (45, 30, 20, 5)  # of a hundred residents
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Staff:
    """The officials. `officers` by commune."""

    admin: Official
    leader: Official
    editor: Official
    officers: Mapping[str, Sequence[Official]]
    everybody: Sequence[Official]


@dataclass(slots=True)
class Resident:
    """One resident, known from `since` on. `address_id` once they have come."""

    number: int
    since: datetime
    channel: str
    area_code: str | None
    identity: Identity | None
    address_id: int = 0
    resident_id: int = 0
    inbound_id: int = 0

    def come(self, tx: Tx, at: datetime) -> None:
        """Write for the first time."""
        # No chat has such an id: whatever is answered here reaches nobody on the real Telegram.
        person = people.meet(tx, self.channel, f"demo-{self.number}", at)
        self.address_id, self.resident_id = person.address_id, person.resident_id
        people.mark_greeted(tx, self.resident_id, at)
        people.choose_commune(tx, self.resident_id, self.area_code)
        if self.identity is not None:
            identities.set_identity(tx, self.resident_id, self.identity)
        # One key stands for everything they write: keys are dropped after a week anyway.
        self.inbound_id = intake.take(tx, self.channel, f"demo-{self.number}", "done", at) or 0


def choose_communes(book: AreaBook) -> list[str]:
    """Return the codes of four communes, or of as many as there are."""
    known = [code for code in COMMUNES if (area := book.find(code)) and area.level == "commune"]
    return (known + [area.code for area in book.communes if area.code not in known])[: len(COMMUNES)]


def make_residents(
    chance: random.Random, made_up: Mapping[str, Any], communes: Sequence[str], now: datetime
) -> list[Resident]:
    """Return residents who came one after the other during the last year."""
    names = made_up["people"]
    shares = _SHARES[: len(communes)]
    found = []
    for number in range(1, RESIDENTS + 1):
        # Most came when the channel was new; some on each day since.
        since = now - _YEAR + _YEAR * (chance.random() ** 1.7) * 0.98
        name = " ".join(chance.choice(names[part]) for part in ("family", "middle", "given"))
        told = chance.random()
        identity = Identity(name, f"0000000{number:03}" if told < 0.3 else None) if told < 0.45 else None
        area_code = chance.choices(communes, shares)[0] if chance.random() < 0.88 else None
        channel = "telegram" if chance.random() < 0.4 else "web"
        found.append(Resident(number, since, channel, area_code, identity))
    return sorted(found, key=lambda resident: resident.since)


def hire(
    tx: Tx,
    made_up: Mapping[str, Any],
    communes: Sequence[str],
    password_hash: str,
    book: AreaBook,
    at: datetime,
) -> Staff:
    """Make the accounts, all with one password."""

    def add(entry: Mapping[str, str], role: str, area_code: str = "", suffix: str = "") -> Official:
        draft = Draft(entry["username"] + suffix, entry["name"], role, area_code)
        new_id = accounts.add(tx, None, draft, password_hash, book, at)
        return Official(new_id, draft.username, draft.name, Role(role), area_code or None)

    wide = [add(entry, entry["role"]) for entry in made_up["officials"]]
    officers = {
        code: [add(entry, Role.OFFICER, code, f".{place}") for entry in made_up["officers"]]
        for place, code in enumerate(communes, 1)
    }
    by_role = {official.role: official for official in wide}
    everybody = [*wide, *(officer for pair in officers.values() for officer in pair)]
    return Staff(by_role[Role.ADMIN], by_role[Role.LEADER], by_role[Role.EDITOR], officers, everybody)
