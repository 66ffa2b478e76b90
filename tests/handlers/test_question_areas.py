"""The words of a question are its commune's: what others see of a group that spans several are their own."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from handlers import overview
from handlers.officials import Role
from storage import people
from storage.db import Database, Tx
from storage.question_groups import add as add_group
from storage.question_groups import put
from storage.questions import add as add_question
from tests.conftest import NOW
from tests.handlers.casework import ELSEWHERE, HERE, make_official
from tests.storage.builders import make_heard

THERE = "Ông Tư thôn Đông hỏi tiền điện hộ nghèo"
OWN = "Tiền điện hộ nghèo lãnh ở đâu"


def _ask(tx: Tx, text: str, area: str) -> int:
    person = people.meet(tx, "web", text, NOW)
    heard = make_heard(tx, address_id=person.address_id, text=text)
    return add_question(
        tx, person.address_id, heard, text, verdict="unknown", score=0.1, topic_id=None, offered=(),
        for_official=True, area_code=area, now=NOW,
    )  # fmt: skip


async def test_the_overview_shows_an_officer_no_words_from_elsewhere(database: Database) -> None:
    def work(tx: Tx) -> None:
        group_id = add_group(tx, THERE, "", NOW)
        put(tx, group_id, [_ask(tx, THERE, ELSEWHERE), _ask(tx, OWN, HERE)])

        later = NOW + timedelta(minutes=1)
        zone = ZoneInfo("Asia/Ho_Chi_Minh")
        here = overview.look(tx, make_official(tx, HERE), zone, later)
        everywhere = overview.look(tx, make_official(tx, None, Role.LEADER), zone, later)

        assert here.unanswered == ((OWN, 1),)
        assert everywhere.unanswered == ((THERE, 2),)

    await database.write(work)
