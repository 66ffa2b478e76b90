"""What people sent, in the console: to officials of the area, and unable to do anything."""

from pathlib import Path

import pytest

from handlers.messages import FileKind
from handlers.officials import PERMISSIONS, Permission, Role
from storage import cases, files
from storage.db import Tx
from storage.files import Stored
from tests.conftest import NOW
from tests.console.conftest import Console
from tests.console.officials import AREA, OTHER_AREA
from tests.storage.test_files import make_case


async def make_file(
    console: Console,
    folder: Path,
    *,
    area: str | None = AREA,
    anonymous: bool = False,
    media_type: str = "image/jpeg",
    name: str = "nhà bà Tư.jpg",
) -> int:
    console.files = folder
    console.put("a" * 32, b"the file")

    def work(tx: Tx) -> int:
        case = cases.get(tx, make_case(tx))
        cases.change(tx, case, {"area_code": area, "anonymous": anonymous}, NOW)
        kind = FileKind.PHOTO if media_type == "image/jpeg" else FileKind.FILE
        stored = Stored("a" * 32, media_type, name, 8)
        return files.add_stored(tx, "web", None, kind, stored, NOW, case_id=case.id)

    return await console.database.write(work)


async def test_officer_sees_the_photos_of_the_area_and_no_others(console: Console, tmp_path: Path) -> None:
    photo = await make_file(console, tmp_path)
    own, other = await console.sign_in(Role.OFFICER), await console.sign_in(Role.OFFICER, OTHER_AREA)
    leader = await console.sign_in(Role.LEADER)

    assert (await own.get(f"/files/{photo}")).text == "the file"
    assert (await leader.get(f"/files/{photo}")).status == 200
    assert (await other.get(f"/files/{photo}")).status == 404
    assert (await own.get(f"/files/{photo + 1}")).status == 404
    assert (await own.get("/files/9" + "9" * 16)).status == 404


async def test_case_without_a_commune_is_for_those_who_see_all(console: Console, tmp_path: Path) -> None:
    photo = await make_file(console, tmp_path, area=None)
    officer, leader = await console.sign_in(Role.OFFICER), await console.sign_in(Role.LEADER)
    assert [(await b.get(f"/files/{photo}")).status for b in (officer, leader)] == [404, 200]


@pytest.mark.parametrize("role", [r for r in Role if Permission.READ_CASES not in PERMISSIONS[r]])
async def test_who_may_read_no_cases_sees_no_file(console: Console, tmp_path: Path, role: Role) -> None:
    photo = await make_file(console, tmp_path)
    assert (await (await console.sign_in(role)).get(f"/files/{photo}")).status == 403


async def test_file_of_no_case_is_nobodys_to_see(console: Console, tmp_path: Path) -> None:
    console.files = tmp_path
    console.put("b" * 32, b"private")
    stored = Stored("b" * 32, "image/jpeg", "a.jpg", 7)
    loose = await console.database.write(files.add_stored, "web", None, "photo", stored, NOW)
    admin = await console.sign_in(Role.ADMIN)
    assert (await admin.get(f"/files/{loose}")).status == 404


@pytest.mark.parametrize(
    ("media_type", "disposition"), [("image/jpeg", "inline"), ("application/pdf", "attachment")]
)
async def test_file_does_nothing_in_the_browser(
    console: Console, tmp_path: Path, media_type: str, disposition: str
) -> None:
    photo = await make_file(console, tmp_path, media_type=media_type, name='a"\r\nb<script>.html')
    answer = await (await console.sign_in(Role.OFFICER)).get(f"/files/{photo}")

    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Disposition"].startswith(f"{disposition}; filename*=UTF-8''a")
    assert "<" not in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Cache-Control"].startswith("private")


async def test_name_of_an_anonymous_persons_file_is_not_shown(console: Console, tmp_path: Path) -> None:
    photo = await make_file(console, tmp_path, anonymous=True)
    answer = await (await console.sign_in(Role.OFFICER)).get(f"/files/{photo}")
    assert answer.headers["Content-Disposition"] == "inline; filename*=UTF-8''anh.jpg"


async def test_file_that_is_not_on_the_disk_is_not_there(console: Console, tmp_path: Path) -> None:
    photo = await make_file(console, tmp_path)
    console.file_path("a" * 32).unlink()
    assert (await (await console.sign_in(Role.OFFICER)).get(f"/files/{photo}")).status == 404
