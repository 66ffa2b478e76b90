"""Whatever people type is shown as typed, on every screen for cases: markup of any kind stays words."""

import re

from handlers.officials import Role
from storage import events
from tests.console.announcing import file, submit
from tests.console.casework import make_case, make_urgent
from tests.console.conftest import Console
from tests.console.officials import AREA

HOSTILE = (
    '<script>alert("1")</script><img src=x onerror=alert(1)> [a](javascript:alert(1)) {{ 7*7 }} **đậm** \'"'
)


async def test_markup_in_every_field_stays_words_on_every_screen(console: Console) -> None:
    case = await make_case(console, text=HOSTILE, name=HOSTILE, phone='"><script>', urgent="scam")
    other = await make_case(console, text=HOSTILE + " một hai ba bốn")
    await make_urgent(console, HOSTILE, kind="<b>odd</b>"[:20])
    browser = await console.sign_in(Role.OFFICER)
    await browser.post("/replies/new", page="/replies/new", title=HOSTILE[:80], text=HOSTILE, category="")
    for action in ("note", "answer", "reopen"):
        version = re.findall(r'name="version" value="(\d+)"', (await browser.get(f"/cases/{case.id}")).text)[
            0
        ]
        sent = HOSTILE.replace("{{ 7*7 }}", "") if action == "answer" else HOSTILE
        done = await browser.post(f"/cases/{case.id}/{action}", version=version, **{action: sent})
        assert done.status == 303, action

    pages = [
        await browser.get(path)
        for path in (
            "/cases",
            f"/cases/{case.id}",
            f"/cases/{other.id}",
            f"/cases/{case.id}/slip?words=1",
            "/urgent",
            "/replies",
            "/replies/1",
        )
    ]
    pages.append(
        await browser.get("/cases", q=HOSTILE, tab="all", after=HOSTILE, area=HOSTILE, since=HOSTILE)
    )
    pages.append(await browser.post("/cases/1/answer", version=0, seen=0, answer=HOSTILE))
    pages.append(await browser.post("/cases/99999/answer", version=0, answer=HOSTILE))
    pages.append(
        await browser.post("/cases/1/preview", do="preview", answer=HOSTILE.replace("{{ 7*7 }}", ""))
    )
    pages.append(await browser.post("/cases/new", text="", kind=HOSTILE, name=HOSTILE, phone=HOSTILE))

    for page in pages:
        assert page.status in (200, 404, 409, 422)
        assert "alert(" in page.text or "q=" in page.path, page.path
        bare = re.sub(r'<script src="/console/static/[^"]+" defer></script>', "", page.text)
        assert "<script" not in bare
        assert "<img" not in bare
        assert "<b>odd" not in bare
        assert 'href="javascript' not in bare
        assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|\b49\b", page.text)


async def test_markup_in_announcements_and_sessions_stays_words(console: Console) -> None:
    hostile = {"title": HOSTILE[:119], "text": HOSTILE, "kind": "event", "audience": {"areas": [AREA]}}
    event = {"type": "dialogue", "starts_at": "2026-12-12T08:00+07:00", "place": HOSTILE}
    writer = await console.add(Role.EDITOR)
    one = await file(console, writer, hostile, event=event, named_consent=HOSTILE)
    editor, leader, officer = [await console.sign_in(r) for r in (writer, Role.LEADER, Role.OFFICER)]
    submitted = await submit(console, writer, one)
    sent_back = await leader.post(
        f"/announcements/{one.id}/send-back", version=submitted.version, reason=HOSTILE
    )
    assert sent_back.status == 303
    session = await console.database.read(events.find_by_announcement, one.id)
    assert session is not None

    pages = [
        await browser.get(path)
        for browser, path in (
            (editor, "/announcements"),
            (editor, f"/announcements/{one.id}"),
            (editor, f"/announcements/{one.id}/edit"),
            (editor, f"/announcements/{one.id}/not-reached"),
            (editor, f"/events/{session.id}/edit"),
            (officer, "/events?month=2026-12"),
            (officer, f"/events/{session.id}"),
            (officer, f"/events/{session.id}/sign-ups"),
        )
    ]
    odd = {"title": HOSTILE, "text": HOSTILE, "link": "javascript:alert(1)", "event.place": HOSTILE}
    pages.append(await editor.post("/announcements/new", **(odd | {"kind": HOSTILE, "kept": HOSTILE})))
    await editor.post(f"/announcements/{one.id}/edit", **(odd | {"kind": "event", "version": "3"}))
    pages.append(await editor.post(f"/events/{session.id}/edit", place=HOSTILE, seats=HOSTILE, version=1))

    for page in pages:
        assert page.status in (200, 422), page.path
        assert "alert(" in page.text or page.path.endswith("not-reached"), page.path
        bare = re.sub(r'<script src="/console/static/[^"]+" defer></script>', "", page.text)
        assert "<script" not in bare
        assert "<img" not in bare
        assert 'href="javascript' not in bare
        assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|\b49\b", page.text)
