"""Announcements for tests: the keys of a file, officials who write and who approve."""

import itertools
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers import announcement_file, announcements, areas
from handlers.announcement_file import Draft
from handlers.officials import Official, Role
from handlers.sending_rules import SendingRules
from storage.announcements import Announcement
from storage.db import Tx
from tests.conftest import NOW
from tests.handlers.casework import make_official

BOOK = areas.load()
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
RULES = SendingRules(ZONE)
COMMUNE, ELSEWHERE = "11020", "11074"
NOTICE: Mapping[str, object] = {"kind": "notice", "title": "Phát gạo", "text": "Mời bà con đến nhận gạo."}
EVENT: Mapping[str, object] = {
    "kind": "event",
    "title": "Tập huấn chăn nuôi gà",
    "text": "Mời bà con đến dự lớp tập huấn.",
    "event": {
        "type": "training",
        "starts_at": "2026-12-12T08:00+07:00",
        "ends_at": "2026-12-12T11:00+07:00",
        "place": "Nhà văn hóa thôn Đông",
        "seats": 60,
    },
    "audience": {"areas": [COMMUNE]},
}
_chances = (random.Random(number) for number in itertools.count())  # codes of tests are no secrets


def choose(letters: Sequence[str]) -> str:
    """Choose as chance would, the same in every run."""
    return next(_chances).choice(letters)


def draft(base: Mapping[str, object] = NOTICE, /, *, now: datetime = NOW, **keys: object) -> Draft:
    """Read a file that has these keys besides, or instead."""
    return announcement_file.read({**base, **keys}, BOOK, now)


def make_editor(tx: Tx, area_code: str | None = None) -> Official:
    """Make somebody who writes announcements."""
    return make_official(tx, area_code, Role.EDITOR, "Phạm Thị Hạnh")


def make_leader(tx: Tx, area_code: str | None = None) -> Official:
    """Make somebody who approves them."""
    return make_official(tx, area_code, Role.LEADER, "Trần Văn Lâm")


def file(tx: Tx, by: Official, written: Draft | None = None, now: datetime = NOW) -> Announcement:
    """File a draft."""
    return announcements.file(tx, by, written or draft(), (), choose, ZONE, now)
