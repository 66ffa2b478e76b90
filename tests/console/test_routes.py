"""Every address of the console: who may ask for it, and that nobody else gets anything."""

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from console import app, views
from console.security import Access, access_of
from handlers.officials import PERMISSIONS, Role
from tests.console.conftest import Console
from tests.console.officials import Browser

PUBLIC = {"login", "first", "invite", "static"}
"""By name: what people may see who are not signed in."""

ROUTES = [route for module in views.MODULES for route in module.ROUTES]
_ids = [f"{route.method} {route.path}" for route in ROUTES]


def _path(route: web.RouteDef) -> str:
    return re.sub(r"\{[^}]+\}", "1", route.path) or "/console"


def _access(route: web.RouteDef) -> Access:
    found = access_of(route.handler)
    assert found is not None, f"{route.method} {route.path} says nothing about who may ask for it"
    return found


def _lacking(access: Access) -> Role | None:
    return next(
        (role for role in Role if access.permission and access.permission not in PERMISSIONS[role]), None
    )


@pytest.mark.parametrize("route", ROUTES, ids=_ids)
def test_every_route_says_who_may_ask(route: web.RouteDef) -> None:
    access = _access(route)

    names = {r.kwargs.get("name") for r in ROUTES if r.path == route.path}
    assert not access.public or names & PUBLIC


@pytest.mark.parametrize("route", ROUTES, ids=_ids)
def test_get_reads_and_post_changes(route: web.RouteDef) -> None:
    assert route.method in ("GET", "POST")


async def test_without_a_session_every_route_leads_to_the_sign_in(console: Console) -> None:
    browser = console.browser()
    for route in ROUTES:
        if _access(route).public:
            continue
        answer = await (browser.get(_path(route)) if route.method == "GET" else browser.post(_path(route)))

        assert answer.status == 303, f"{route.method} {route.path}"
        assert (answer.location or "").startswith("/console/login")


async def test_a_role_without_the_permission_is_refused_everywhere(console: Console) -> None:
    browsers = {role: await console.sign_in(role) for role in Role}
    tried = 0
    for route in ROUTES:
        role = _lacking(_access(route))
        if role is None:
            continue
        browser = browsers[role]
        answer = await (browser.get(_path(route)) if route.method == "GET" else browser.post(_path(route)))
        tried += 1

        assert answer.status == 403, f"{route.method} {route.path} as {role}"
        assert "Không được phép" in answer.text
    assert tried


async def test_a_post_without_its_token_is_refused_everywhere(console: Console) -> None:
    browsers = {role: await console.sign_in(role) for role in Role}
    for route in ROUTES:
        if route.method != "POST":
            continue
        access = _access(route)
        may = next(
            role for role in Role if access.permission is None or access.permission in PERMISSIONS[role]
        )
        for csrf in ("", "x" * 43):
            answer = await browsers[may].post(_path(route), csrf=csrf)

            assert answer.status == 403, f"{route.method} {route.path}"
            assert "Biểu mẫu đã cũ" in answer.text


async def test_a_view_that_says_nothing_is_closed_to_everybody(console: Console) -> None:
    """Closed unless opened: to forget the decorator must not open a door."""

    async def forgotten(_request: web.Request) -> web.Response:
        return web.Response(text="secret")

    inner = app.build(console.parts)
    inner.router.add_get("/forgotten", forgotten)
    outer = web.Application()
    outer.add_subapp(app.PREFIX, inner)
    async with TestServer(outer) as server:
        browser = Browser(server)
        answer = await browser.get("/forgotten")
        await browser.close()

    assert answer.status == 403
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/nothing", "/officials/999999", "/officials/x", "/officials/1/nothing"])
async def test_what_is_not_there_is_a_plain_page(console: Console, path: str) -> None:
    admin = await console.sign_in(Role.ADMIN)

    answer = await admin.get(path)

    assert answer.status == 404
    assert "Không có trang này" in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")


async def test_every_page_has_the_security_headers(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)
    nobody = console.browser()
    answers = [await admin.get("/console"), await admin.get("/nothing"), await nobody.get("/officials")]
    answers.append(await nobody.get("/login"))

    for answer in answers:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


async def test_both_ways_to_write_the_first_address_work(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)

    assert [(await admin.get(path)).status for path in ("/console", "/console/")] == [200, 200]


@pytest.mark.parametrize("role", list(Role))
async def test_the_menu_shows_what_the_role_may_open(console: Console, role: Role) -> None:
    browser = await console.sign_in(role)

    page = await browser.get("/console")

    for entry in views.MENU:
        drawn = f">{entry.label}</a>" in page.text
        assert drawn == (entry.permission in PERMISSIONS[role]), entry.label


@pytest.mark.parametrize("role", list(Role))
async def test_every_entry_of_the_menu_opens(console: Console, role: Role) -> None:
    browser = await console.sign_in(role)
    page = await browser.get("/console")
    menu = page.text.partition('<nav class="menu"')[2].partition("</nav>")[0]

    for address in re.findall(r'href="([^"]+)"', menu):
        answer = await browser.get(address)
        if answer.status == 303:  # to the one page of it that is theirs
            assert (answer.location or "").startswith(address), address
            answer = await browser.follow(answer)
        assert answer.status == 200, address


async def test_the_menu_marks_where_one_is(console: Console) -> None:
    admin = await console.sign_in(Role.ADMIN)

    marked = {
        path: re.findall(r'aria-current="page">([^<]+)<', (await admin.get(path)).text)
        for path in ("/console", "/officials/new", "/account", "/replies")
    }

    assert marked == {
        "/console": ["Tổng quan"],
        "/officials/new": ["Cán bộ"],
        "/account": [],
        "/replies": ["Phản ánh"],  # which they are for
    }
