"""What the service answers: topics found, read as a resident would, and their history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from aiohttp import web

from console import topic_form, topic_pages
from console.forms import Form
from console.page import here, page
from console.parts import parts
from console.security import needs
from faq import Topic
from faq.text import fold
from handlers import topic_editing
from handlers.officials import Permission
from handlers.topics import tell
from storage import officials, topics
from storage.db import Tx
from storage.errors import NotFound
from storage.topics import Revision

PER_PAGE = 20
STATES = [
    ("", "Tất cả"),
    ("edited", "Đã sửa"),
    ("own", "Tự thêm"),
    ("differs", "Bản gốc đã đổi"),
    ("due", "Đến hạn xem lại"),
    ("silent", "Hôm nay không có câu trả lời"),
]


# The list -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A topic in the list, and the states of `STATES` it is in."""

    topic: Topic
    states: frozenset[str]


@needs(Permission.READ_QUESTIONS)
async def list_topics(request: web.Request) -> web.Response:
    """List the topics; what is looked for stands in the address."""
    form, shipped = Form(request.query), topic_pages.shipped(request)
    edits = await parts(request).database.read(topics.list_edits)
    every = _lines(
        topic_editing.overlay(shipped.values(), edits).topics, shipped, edits, topic_pages.today(request)
    )
    words = fold(form.text("q")).split()
    shown = [
        line
        for line in every
        if form.text("theme") in ("", line.topic.theme)
        and (not form.text("state") or form.text("state") in line.states)
        and all(word in _searched(line.topic.id, line.topic.title, line.topic.phrasings) for word in words)
    ]
    themes = [("", "Mọi nhóm"), *((t, t) for t in sorted({line.topic.theme for line in every}))]
    return page(
        request, "topics/list.html", form=form, lines=shown, total=len(every), themes=themes, states=STATES
    )


def _lines(
    every: Sequence[Topic], shipped: Mapping[str, Topic], edits: Sequence[Revision], today: date
) -> list[Line]:
    differing, edited = set(topic_editing.differing(shipped, edits)), {edit.topic_id for edit in edits}
    return [Line(topic, _states(topic, shipped, edited, differing, today)) for topic in every]


def _states(
    topic: Topic, shipped: Mapping[str, Topic], edited: set[str], differing: set[str], today: date
) -> frozenset[str]:
    version = topic.on(today)
    found = {
        "edited": topic.id in edited and topic.id in shipped,
        "own": topic.id not in shipped,
        "differs": topic.id in differing,
        "due": version is not None and version.review_by < today,
        "silent": version is None,
    }
    return frozenset(state for state, holds in found.items() if holds)


@lru_cache(maxsize=1024)
def _searched(topic_id: str, title: str, phrasings: tuple[str, ...]) -> str:
    return fold(f"{topic_id} {title} {' '.join(phrasings)}")


# One topic ------------------------------------------------------------------------------------------------------


@needs(Permission.READ_QUESTIONS)
async def show(request: web.Request) -> web.Response:
    """Show a topic as a resident would read it on a day."""
    shipped, today = topic_pages.shipped(request), topic_pages.today(request)
    topic, newest = await parts(request).database.read(topic_pages.get, request.match_info["id"], shipped)
    form = Form({"day": request.query.get("day", today.isoformat())})
    try:
        day = date.fromisoformat(form.text("day"))
    except ValueError:
        form.errors["day"], day = "Hãy chọn ngày, như 2026-01-31.", today
    edits = [newest] if newest is not None and newest.document is not None else []
    differs = bool(topic_editing.differing(shipped, edits))
    version = topic.on(day)
    return page(
        request,
        "topics/show.html",
        topic=topic,
        form=form,
        on=day,
        version=version,
        told=tell(topic, version, day) if version else None,
        newest=newest,
        line=_lines([topic], shipped, edits, today)[0],
        differences=topic_editing.differences(shipped.get(topic.id), topic) if differs else [],
        label=topic_form.label,
        confidences=dict(topic_form.CONFIDENCES),
    )


@needs(Permission.READ_QUESTIONS)
async def show_history(request: web.Request) -> web.Response:
    """Show who changed what, newest first."""
    own, topic_id = parts(request), request.match_info["id"]
    before = Form(request.query).number("before")

    def look(tx: Tx) -> tuple[list[Revision], dict[int, str]]:
        found = topics.list_history(tx, topic_id, before, PER_PAGE + 1)
        return found, officials.get_names(tx, [r.official_id for r in found if r.official_id is not None])

    revisions, names = await own.database.read(look)
    shipped = topic_pages.shipped(request).get(topic_id)
    if not revisions and shipped is None:
        raise NotFound(f"topic {topic_id}")
    states = [_of(revision, shipped) for revision in revisions] + [shipped]
    changes = [
        (revision, topic_editing.differences(states[at + 1], states[at]))
        for at, revision in enumerate(revisions[:PER_PAGE])
    ]
    more = len(revisions) > PER_PAGE
    return page(
        request,
        "topics/history.html",
        topic_id=topic_id,
        title=next((t.title for t in states if t is not None), topic_id),
        changes=changes,
        names=names,
        label=topic_form.label,
        newest=revisions[0].id if revisions and before is None else None,
        older=here(request, before=revisions[PER_PAGE - 1].id) if more else None,
        first=here(request, before=None) if before is not None else None,
    )


def _of(revision: Revision, shipped: Topic | None) -> Topic | None:
    return next(iter(topic_editing.overlay((), [revision]).topics), None) if revision.document else shipped


ROUTES: Sequence[web.RouteDef] = [
    web.get("/topics", list_topics, name="topics"),
    web.get("/topics/{id}", show, name="topic"),
    web.get("/topics/{id}/history", show_history, name="topic-history"),
]
