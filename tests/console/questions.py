"""People who ask what nobody can answer."""

from handlers import grouping
from handlers.turn import Guide
from storage import people
from storage.db import Tx
from storage.question_groups import Group
from storage.questions import add as add_question
from tests.console.conftest import Console
from tests.storage.builders import make_heard


async def ask(console: Console, text: str, area: str | None = None, times: int = 1) -> int:
    """Let people ask, and sort it in; returns the group's id."""

    def work(tx: Tx) -> None:
        for number in range(times):
            person = people.meet(tx, "web", f"{text}-{area}-{number}", console.now)
            heard = make_heard(tx, address_id=person.address_id, text=text)
            add_question(
                tx, person.address_id, heard, text, verdict="unknown", score=0.1, topic_id=None, offered=(),
                for_official=True, area_code=area, now=console.now,
            )  # fmt: skip

    await console.database.write(work)
    guide: Guide = console.parts.guide
    seen = await console.database.read(grouping.look, console.now)
    placed = grouping.plan(seen, guide.library.likeness)
    assert await console.database.write(grouping.settle, seen, placed)
    group: Group | None = placed[0].group
    return group.id if group else seen.newest_id + 1
