"""A page: its template, what every page shows, where links lead, and what is said after a change."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import aiohttp_jinja2
from aiohttp import web
from markupsafe import Markup

from console import security
from console.parts import ALARMS, PARTS, find_official, parts
from handlers.officials import ROLE_NAMES, Permission, may

FLASH_COOKIE = "hc_console_flash"
FLASH_S = 60
_FLASHES = web.RequestKey("console_flashes", list[str])


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu: drawn for those who may open its route. `also`: another route that belongs to it."""

    label: str
    route: str
    permission: Permission
    also: str = ""


MENU = web.AppKey("console_menu", tuple[Entry, ...])


def page(request: web.Request, template: str, status: int = 200, **context: object) -> web.Response:
    """Return a page that extends `base.html`.

    Every template has, beside its context: `official` (or None), `may(permission)`, `csrf()` for each form,
    `url(route, …)`, `here(name=value)`: this address with other query values, and `now`.
    """
    who = find_official(request)
    shown = _read_flashes(request) + request.get(_FLASHES, [])
    response = aiohttp_jinja2.render_template(
        template,
        request,
        {
            "official": who,
            "role_name": ROLE_NAMES[who.role] if who else "",
            "may": lambda permission: who is not None and may(who, Permission(permission)),
            "menu": _menu(request),
            "alarms": request.get(ALARMS, []),
            "flashes": shown,
            "csrf": lambda: Markup('<input type="hidden" name="{}" value="{}">').format(
                security.CSRF_FIELD, security.csrf_token(request)
            ),
            "url": lambda route, query=None, **places: url(request, route, query, **places),
            "here": lambda **changes: here(request, **changes),
            "now": parts(request).now(),
        }
        | context,
        status=status,
    )
    if FLASH_COOKIE in request.cookies:
        response.del_cookie(FLASH_COOKIE, path="/console")
    security.keep_form_cookie(request, response)
    return response


def _menu(request: web.Request) -> list[tuple[str, str, bool]]:
    """Return label, address and whether the page belongs to it, of each entry that the official may open."""
    who = find_official(request)
    if who is None:
        return []
    home = url(request, "home")
    # Every address begins with that of the first page.
    inside = {
        address: entry
        for entry in request.config_dict[MENU]
        for address in (url(request, route) for route in (entry.route, entry.also) if route)
        if request.path == address or (request.path.startswith(f"{address}/") and address != home)
    }
    current = inside.get(max(inside, key=len, default=""))
    return [
        (entry.label, url(request, entry.route), entry is current)
        for entry in request.config_dict[MENU]
        if may(who, entry.permission)
    ]


def url(request: web.Request, route: str, query: Mapping[str, object] | None = None, **places: object) -> str:
    """Return the address of a route by its name; KeyError for a name that no route has."""
    address = request.app.router[route].url_for(**{name: str(value) for name, value in places.items()})
    return str(address.with_query({n: str(v) for n, v in query.items()}) if query else address)


def here(request: web.Request, **changes: object) -> str:
    """Return this page's address with some query values changed; None takes one away."""
    query = {name: request.query[name] for name in request.query}
    query |= {name: str(value) for name, value in changes.items()}
    return str(request.rel_url.with_query({n: v for n, v in query.items() if changes.get(n, v) is not None}))


def flash(request: web.Request, text: str) -> None:
    """Say something on the next page that is shown: the one this request answers with, or redirects to."""
    request.setdefault(_FLASHES, []).append(text)


def see_other(
    request: web.Request, route: str, query: Mapping[str, object] | None = None, **places: object
) -> NoReturn:
    """End a POST: lead on to a page. Raised after the transaction, never inside it."""
    raise leading_to(request, url(request, route, query, **places))


def leading_to(request: web.Request, address: str) -> web.HTTPSeeOther:
    """Return the redirect to an address of ours, with what `flash` was told."""
    answer = web.HTTPSeeOther(address)
    if said := request.get(_FLASHES):
        body = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
        value = f"{body}.{_sign(request, body)}"
        answer.set_cookie(
            FLASH_COOKIE,
            value,
            max_age=FLASH_S,
            path="/console",
            httponly=True,
            secure=parts(request).https,
            samesite="Lax",
        )
    return answer


def _read_flashes(request: web.Request) -> list[str]:
    body, _, signed = request.cookies.get(FLASH_COOKIE, "").partition(".")
    if not body or not hmac.compare_digest(signed.encode(), _sign(request, body).encode()):
        return []
    said: list[str] = json.loads(base64.urlsafe_b64decode(body))
    return said


def _sign(request: web.Request, body: str) -> str:
    return security.signature(request.config_dict[PARTS].key, "flash", body)
