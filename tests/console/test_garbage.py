"""Any address and any form, however odd, is answered with a page: refused or shown, never a fault of ours."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from aiohttp import web

from console import views
from console.security import access_of
from handlers.officials import PERMISSIONS, Role
from tests.console.announcing import make_event
from tests.console.casework import make_case, make_urgent
from tests.console.conftest import Console
from tests.console.officials import Browser

ODD = (
    "",
    "0",
    "-1",
    "1",
    "9" * 17,
    "9" * 40,
    "١٢",
    "1e9",
    "null",
    "\0",
    "a\0b",
    "\u202e\u200b\ufeff",
    "x" * 3000,
    "<script>",
    "%",
    "%ff",
    "../../etc/passwd",
    "{ngày}",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "0001-01-01T00:00:00+07:00_5",
    "9999-12-31T23:59:59-07:00_5",
    "0001-01-01T00:00:00+07:00",
    "2026-11-26T08:00:00+00:00_99999999999999999999",
    "😀",
    "new",
    "11020",
    "on",
)
"""What stands in a field or an address of somebody who is up to something, or whose browser is."""
NAMES = sorted(
    name
    for file in Path(views.__file__).parent.parent.glob("**/*.py")
    for name in set(
        re.findall(
            r'(?:text|raw|number|get|chosen|_day|_number|_moment)\((?:form, )?"([\w.]+)"', file.read_text()
        )
    )
)
"""Of every field that some screen reads."""
ROUTES = [route for module in views.MODULES for route in module.ROUTES]


def _role(route: web.RouteDef) -> Role:
    access = access_of(route.handler)
    assert access is not None
    able = [role for role in Role if access.permission is None or access.permission in PERMISSIONS[role]]
    return able[0]


def _paths(route: web.RouteDef, chance: random.Random) -> Iterator[str]:
    """Yield the address with what is there, and with odd words in its place."""
    yield re.sub(r"\{[^}]+\}", "1", route.path)
    if "{" in route.path:
        for odd in chance.sample([o for o in ODD if o], 4):
            yield re.sub(r"\{[^}]+\}", quote(odd, safe=""), route.path)


@pytest.fixture
async def browsers(console: Console) -> dict[Role, Browser]:
    """Somebody of each role, and something to look at."""
    await make_case(console, text="Đường thôn hỏng đã hai tháng nay", urgent="scam")
    await make_urgent(console)
    await make_event(console, area_code=None)
    return {role: await console.sign_in(role) for role in Role}


@pytest.mark.parametrize("seed", range(2))
async def test_odd_addresses_are_answered_with_a_page(
    console: Console, browsers: dict[Role, Browser], seed: int
) -> None:
    chance = random.Random(seed)
    for route in ROUTES:
        if route.method != "GET":
            continue
        browser = browsers[_role(route)]
        for path in _paths(route, chance):
            query = urlencode({name: chance.choice(ODD) for name in chance.sample(NAMES, 8)})
            answer = await browser.get(f"/console{path}?{query}")

            assert answer.status < 500, f"{path}?{query}"


@pytest.mark.parametrize("seed", range(2))
async def test_odd_forms_are_answered_with_a_page(
    console: Console, browsers: dict[Role, Browser], seed: int
) -> None:
    """Among what is missing, doubled and huge; signing out and the like come last."""
    chance = random.Random(seed)
    for route in ROUTES:
        if route.method != "POST" or route.path.startswith(("/logout", "/account/sessions")):
            continue
        browser = browsers[_role(route)]
        for path in _paths(route, chance):
            fields = {name: chance.choice(ODD) for name in chance.sample(NAMES, 20)}
            answer = await browser.post(f"/console{path}", **fields)

            assert answer.status < 500, f"{path} {fields}"
