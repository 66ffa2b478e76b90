"""The area rule, walked over every route that names a thing: what belongs to another commune is not there."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from console import views
from console.security import access_of
from handlers import replies
from handlers.officials import PERMISSIONS, Role
from handlers.replies import Draft
from tests.conftest import NOW
from tests.console.announcing import file, make_event
from tests.console.casework import keep_file, make_case, make_urgent
from tests.console.conftest import Console
from tests.console.officials import AREA, OTHER_AREA
from tests.console.questions import ask


async def _case(console: Console, area_code: str) -> int:
    return (await make_case(console, area_code=area_code)).id


async def _urgent(console: Console, area_code: str) -> int:
    return await make_urgent(console, area_code=area_code)


async def _reply(console: Console, area_code: str) -> int:
    there = await console.add(Role.OFFICER, area_code)
    draft = Draft("Hẹn gặp", "Mời bà con tới {ngày}.")
    return await console.database.write(replies.add, there, draft, NOW)


async def _question(console: Console, area_code: str) -> int:
    return await ask(console, f"Tiền điện hộ nghèo thôn {area_code} lãnh ở đâu", area_code)


async def _file(console: Console, area_code: str) -> int:
    case = await make_case(console, area_code=area_code)
    return await keep_file(console, case.id)


async def _office(_console: Console, area_code: str) -> str:
    return area_code


async def _announcement(console: Console, area_code: str) -> int:
    return (await file(console, audience={"areas": [area_code]})).id


async def _event(console: Console, area_code: str) -> int:
    return (await make_event(console, area_code)).id


MAKERS: dict[str, Callable[[Console, str], Awaitable[int | str]]] = {
    "cases": _case,
    "urgent": _urgent,
    "replies": _reply,
    "files": _file,
    "questions": _question,
    "offices": _office,
    "announcements": _announcement,
    "events": _event,
}
"""By the first word of an address: how a thing of a commune is made. A new screen adds its own here."""
OF_NO_AREA = {"account", "exports", "officials", "topics", "first", "invite", "static"}
"""What belongs to no commune, or to one's own account; their own tests say who may see which."""

OF_THEIR_PARTS = {"/announcements/{id}/pictures/{place}"}
"""What only some things have."""

ROUTES = [route for module in views.MODULES for route in module.ROUTES if "{" in route.path]


def _noun(route: web.RouteDef) -> str:
    return route.path.split("/")[1]


@pytest.mark.parametrize("route", ROUTES, ids=[f"{r.method} {r.path}" for r in ROUTES])
def test_every_route_that_names_a_thing_is_walked_or_excused(route: web.RouteDef) -> None:
    assert (_noun(route) in MAKERS) != (_noun(route) in OF_NO_AREA)


@pytest.mark.parametrize("noun", MAKERS)
async def test_what_belongs_to_another_commune_is_not_there(
    console: Console, noun: str, tmp_path: Path
) -> None:
    """Same answer as for what was never there, with nothing changed."""
    console.files = tmp_path
    number = await MAKERS[noun](console, OTHER_AREA)
    # An admin is bound to no commune.
    browsers = {role: await console.sign_in(role, AREA) for role in Role if role is not Role.ADMIN}
    tried = 0
    for route in ROUTES:
        if _noun(route) != noun:
            continue
        access = access_of(route.handler)
        assert access is not None
        for role, browser in browsers.items():
            if access.permission is not None and access.permission not in PERMISSIONS[role]:
                continue
            answers = []
            for thing in (number, 999_999):
                path = re.sub(r"\{[^}]+\}", str(thing), route.path)
                sent = browser.get(path) if route.method == "GET" else browser.post(path, version=1, target=1)
                answers.append(await sent)
            tried += 1

            assert [answer.status for answer in answers] == [404, 404], (
                f"{route.method} {route.path} as {role}"
            )
    assert tried


@pytest.mark.parametrize("noun", MAKERS)
async def test_what_belongs_to_ones_own_commune_is_there(console: Console, noun: str, tmp_path: Path) -> None:
    """The refusal above is for the right reason."""
    console.files = tmp_path
    number = await MAKERS[noun](console, AREA)
    browsers = {role: await console.sign_in(role, AREA) for role in (Role.OFFICER, Role.EDITOR)}
    for route in ROUTES:
        if _noun(route) != noun or route.method != "GET" or route.path in OF_THEIR_PARTS:
            continue
        access = access_of(route.handler)
        assert access is not None
        able = [r for r in browsers if access.permission is None or access.permission in PERMISSIONS[r]]
        path = re.sub(r"\{[^}]+\}", str(number), route.path)
        assert (await browsers[able[0]].get(path)).status == 200, path
