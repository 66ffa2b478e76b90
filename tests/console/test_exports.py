"""Exports from the console: who may, whose the file is, how long it stays, and that none is left behind."""

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from console.export_jobs import EACH, JOBS, Job, Jobs, State
from handlers.errors import TooLate
from handlers.exports import Kind, Order
from handlers.officials import Role
from storage import audit, tables
from storage.db import Tx
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.officials import AREA, OTHER_AREA, Answer, Browser
from tests.handlers.casework import make_case


async def ask(browser: Browser, **fields: object) -> Answer:
    """Send the form."""
    given: dict[str, Any] = {"kind": "feedback", "format": "csv"} | fields
    return await browser.post("/exports", **given)


async def finished(console: Console, browser: Browser) -> Job:
    """Return the newest export of an official, once it is over."""
    assert browser.official is not None
    jobs = console.app[JOBS]
    (job, *_) = jobs.list(console.now, browser.official.id)
    for _ in range(5000):
        if job.over:
            return job
        await asyncio.sleep(0.001)
    pytest.fail("the export does not end")


async def file_of(console: Console, browser: Browser) -> Answer:
    """Fetch the newest export."""
    return await browser.get(f"/exports/{(await finished(console, browser)).id}")


async def test_an_officer_gets_the_own_commune(console: Console) -> None:
    await console.database.write(make_case, text="chuyện xã này", area_code=AREA)
    await console.database.write(make_case, text="chuyện xã khác", area_code=OTHER_AREA)
    officer = await console.sign_in(Role.OFFICER)

    assert (await ask(officer)).status == 303
    got = await file_of(console, officer)

    assert got.status == 200
    assert "chuyện xã này" in got.text
    assert "chuyện xã khác" not in got.text
    assert re.fullmatch(
        rf'attachment; filename="hai-chieu-feedback-{AREA}-20261123-1000\.csv"',
        got.headers["Content-Disposition"],
    )
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Cache-Control"] == "no-store"
    page = await officer.get("/exports")
    assert "1 dòng" in page.text
    assert "http-equiv" not in page.text, "nothing is waited for any more"


async def test_another_commune_is_refused_and_nothing_begins(console: Console) -> None:
    officer = await console.sign_in(Role.OFFICER)

    assert (await ask(officer, area_code=OTHER_AREA)).status == 403
    assert officer.official
    assert console.app[JOBS].list(NOW, officer.official.id) == []


async def test_names_are_for_who_may_have_them_and_audited(console: Console) -> None:
    await console.database.write(make_case, name="Phạm Thị Ví Dụ", phone="0000000001")
    leader, admin = await console.sign_in(Role.LEADER), await console.sign_in(Role.ADMIN)
    assert "Kèm họ tên" not in (await leader.get("/exports")).text
    assert "Kèm họ tên" in (await admin.get("/exports")).text

    assert (await ask(leader, personal=1)).status == 403
    assert (await ask(admin, personal=1)).status == 303
    assert "Phạm Thị Ví Dụ" in (await file_of(console, admin)).text
    assert (await ask(leader)).status == 303
    assert "Phạm Thị Ví Dụ" not in (await file_of(console, leader)).text

    entries = await console.database.read(lambda tx: audit.list_entries(tx, action="export.take", limit=9))
    assert [entry.details["personal"] for entry in entries] == [False, True]


async def test_a_file_is_its_askers_alone(console: Console) -> None:
    one, other = await console.sign_in(Role.ADMIN), await console.sign_in(Role.ADMIN)
    await ask(one)
    job = await finished(console, one)

    assert (await other.get(f"/exports/{job.id}")).status == 404
    assert (await one.get("/exports/nothing")).status == 404
    assert job.id not in (await other.get("/exports")).text


async def test_a_file_asked_for_as_somebody_else_is_not_given(console: Console) -> None:
    """Whoever lost the role or moved to another commune meanwhile."""
    admin, officer = await console.sign_in(Role.ADMIN), await console.sign_in(Role.OFFICER)
    for browser, fields in ((admin, {"personal": 1}), (officer, {})):
        await ask(browser, **fields)
        await finished(console, browser)

    def move(tx: Tx) -> None:
        for browser, values in ((admin, {"role": "leader"}), (officer, {"area_code": OTHER_AREA})):
            assert browser.official
            who = tables.officials.c.id == browser.official.id
            tx.execute(sa.update(tables.officials).where(who).values(values))

    await console.database.write(move)

    assert (await file_of(console, admin)).status == 403
    assert (await file_of(console, officer)).status == 403


async def test_a_file_is_gone_after_an_hour_and_at_the_end(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)
    await ask(admin)
    jobs, job = console.app[JOBS], await finished(console, admin)
    path: Path = jobs.file(job)
    assert path.exists()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0

    console.now = NOW + timedelta(minutes=61)
    assert (await admin.get(f"/exports/{job.id}")).status == 404
    assert not path.exists()
    await ask(admin)
    await finished(console, admin)
    await jobs.close()
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "x"}, "Cần chọn một loại số liệu."),
        ({"format": "../x"}, "Cần chọn một dạng tệp."),
        ({"area_code": "9"}, "Cần chọn một xã, phường"),
        ({"start": "hôm qua"}, "Ngày chưa đúng"),
        ({"start": "2026-11-02", "end": "2026-11-01"}, "Ngày cuối đứng trước ngày đầu."),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    console: Console, fields: dict[str, str], sentence: str
) -> None:
    admin = await console.sign_in(Role.ADMIN)

    answer = await ask(admin, **fields)

    assert answer.status == 422
    assert sentence in answer.text


async def test_nobody_has_more_than_two_under_way_and_the_form_says_so(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = asyncio.Event()

    async def slow(*_: object) -> int:
        await held.wait()
        return 0

    monkeypatch.setattr("console.export_jobs.write_file", slow)
    admin = await console.sign_in(Role.ADMIN)
    for _ in range(EACH):
        assert (await ask(admin)).status == 303
    waiting = await admin.get("/exports")
    assert '<meta http-equiv="refresh" content="3">' in waiting.text

    refused = await ask(admin)
    assert refused.status == 409
    assert "Đợi một bản xong" in refused.text
    assert "http-equiv" not in refused.text, "what was typed must not vanish with a reload"
    held.set()


async def test_two_are_written_at_once_and_the_third_waits(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = asyncio.Event()

    async def slow(*_: object) -> int:
        await held.wait()
        return 0

    monkeypatch.setattr("console.export_jobs.write_file", slow)
    jobs = Jobs()
    made = [jobs.start(console.parts, official, Order(Kind.FEEDBACK), "csv") for official in (1, 2, 3)]
    await asyncio.sleep(0)
    assert [job.state for job in made] == [State.WRITING, State.WRITING, State.WAITING]
    jobs.start(console.parts, 1, Order(Kind.FEEDBACK), "csv")
    with pytest.raises(TooLate):
        jobs.start(console.parts, 1, Order(Kind.FEEDBACK), "csv")

    await jobs.close()
    assert {job.state for job in made} == {State.WRITING, State.WAITING}


async def test_an_export_that_breaks_says_so(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> int:
        raise OSError("no space")

    monkeypatch.setattr("console.export_jobs.write_file", broken)
    admin = await console.sign_in(Role.ADMIN)
    await ask(admin)
    job = await finished(console, admin)

    assert job.state is State.FAILED
    assert "bị lỗi" in (await admin.get("/exports")).text
    assert (await admin.get(f"/exports/{job.id}")).status == 404
