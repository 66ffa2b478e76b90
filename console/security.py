"""Who asks, whether they may, and whether it was really them: sessions, permissions, CSRF, headers.

Closed unless opened: a view that says nothing about who may ask for it is refused to everybody.
"""

import base64
import contextlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from aiohttp.web_request import FileField

from console.parts import ALARMS, OFFICIAL, PARTS, SESSION, Alarm, Parts, parts
from handlers import accounts
from handlers.errors import NotAllowed
from handlers.officials import Official, Permission, require
from storage import sessions
from storage.db import Tx
from storage.sessions import Session

CSRF_FIELD = "csrf"
MAX_NEXT = 500
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_LOCAL = re.compile(r"/console(?:/[A-Za-z0-9._~/-]*)?(?:\?[^\s\\#]*)?")

FORM = web.RequestKey("console_form", str)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
View = TypeVar("View", bound=Handler)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask for a view. `permission` None: any official; `public`: anybody at all.

    `quiet`: an open page asks for it by itself, which is no sign that somebody is at work. `up_to`: bytes of a body, where
    files come with it; None: as the application takes.
    """

    permission: Permission | None = None
    public: bool = False
    quiet: bool = False
    up_to: int | None = None


_ACCESS = "console_access"


def needs(permission: Permission, *, quiet: bool = False, up_to: int | None = None) -> Callable[[View], View]:
    """Open a view to officials with this permission; in which area is for the use case to say. See `Access`."""
    return _opened(Access(permission, quiet=quiet, up_to=up_to))


def signed_in(view: View) -> View:
    """Open a view to every official: it is about their own account."""
    return _opened(Access())(view)


def asked_by_itself(view: View) -> View:
    """Open to every official a view that open pages ask for by themselves: a session ends in spite of it."""
    return _opened(Access(quiet=True))(view)


def anybody(view: View) -> View:
    """Open a view to people who are not signed in."""
    return _opened(Access(public=True))(view)


def _opened(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _ACCESS, access)
        return view

    return mark


def access_of(view: object) -> Access | None:
    """Return who may ask for a view; None: nobody said so, nobody may."""
    found = getattr(view, _ACCESS, None)
    return found if isinstance(found, Access) else None


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who asks; send who is not signed in to the sign-in, and refuse what they may not do."""
    await _recognise(request)
    if request.match_info.http_exception is not None:
        if OFFICIAL not in request:
            raise web.HTTPSeeOther(
                _sign_in_url(request)
            )  # which pages there are is not for everybody to know
        return await handler(request)
    access = access_of(request.match_info.handler)
    if access is None:
        raise NotAllowed("this view says nothing about who may ask for it")
    if not access.public:
        who = request.get(OFFICIAL)
        if who is None:
            raise web.HTTPSeeOther(_sign_in_url(request))
        if access.permission is not None:
            require(who, access.permission)
    if access.up_to is not None:
        # Only now: nobody who may not send files makes us read them.
        request = request.clone(client_max_size=access.up_to)
    try:
        return await _checked(request, handler)
    finally:
        if access.up_to is not None:
            await _close_files(request)


async def _checked(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method not in ("GET", "HEAD"):
        await _check_csrf(request)
    if any("\0" in part for part in request.match_info.values()):
        raise web.HTTPNotFound  # PostgreSQL stores none, so nothing has such a name
    return await handler(request)


async def _close_files(request: web.Request) -> None:
    """Close what a form brought: the server does so for its own request, not for one that takes more."""
    with contextlib.suppress(web.HTTPException, ValueError, LookupError):
        for value in (await request.post()).values():
            if isinstance(value, FileField):
                value.file.close()


def _sign_in_url(request: web.Request) -> str:
    login = str(request.app.router["login"].url_for())
    # Back to the page where the form stands, when its session is over.
    wanted = request.path_qs if request.method == "GET" else _path_of(request.headers.get("Referer", ""))
    return f"{login}?{urlencode({'next': wanted})}" if local_path(wanted) not in (None, "/console") else login


def _path_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""  # the browser says where the form stood, and may say anything
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def local_path(path: str) -> str | None:
    """Return a path of the console as it is; None for anything that leads elsewhere."""
    return path if len(path) <= MAX_NEXT and _LOCAL.fullmatch(path) and "//" not in path else None


# Sessions -------------------------------------------------------------------------------------------------------


def cookie_name(request: web.Request) -> str:
    """Return the session cookie's name; over HTTPS its prefix keeps other paths and subdomains from setting it."""
    return "__Host-hc_console" if parts(request).https else "hc_console"


def _form_cookie_name(request: web.Request) -> str:
    return "__Host-hc_console_form" if parts(request).https else "hc_console_form"


def token_of(request: web.Request) -> str | None:
    """Return what the session cookie says, if it is shaped like one of ours."""
    value = request.cookies.get(cookie_name(request), "")
    return value if _TOKEN.fullmatch(value) else None


def new_token() -> str:
    """Return 256 random bits, for a session or an invitation."""
    return secrets.token_urlsafe(32)


def set_session(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Give a session to the browser."""
    _set_cookie(request, response, cookie_name(request), token, int(accounts.LONGEST.total_seconds()))


def clear_session(request: web.Request, response: web.StreamResponse) -> None:
    """Take the session from the browser."""
    response.del_cookie(cookie_name(request), path="/", secure=parts(request).https, httponly=True)


def _set_cookie(
    request: web.Request, response: web.StreamResponse, name: str, value: str, age_s: int | None
) -> None:
    response.set_cookie(
        name, value, max_age=age_s, path="/", secure=parts(request).https, httponly=True, samesite="Lax"
    )


async def _recognise(request: web.Request) -> None:
    token = token_of(request)
    if token is None:
        return
    own = parts(request)
    found = await own.database.read(_who, token, own)
    if found is None:
        return
    session, who, alarms = found
    request[SESSION], request[OFFICIAL], request[ALARMS] = session, who, alarms
    access = access_of(request.match_info.handler)
    quiet = access is not None and access.quiet
    if not quiet and own.now() - session.last_seen_at >= accounts.SEEN_EVERY:
        await own.database.write(sessions.touch, session.id, own.now())


def _who(tx: Tx, token: str, own: Parts) -> tuple[Session, Official, list[Alarm]] | None:
    found = accounts.find_session(tx, token, own.now())
    if found is None:
        return None
    return *found, [alarm for source in own.alarms for alarm in source(tx, found[1], own.now())]


# Requests that another site makes the browser send -----------------------------------------------------------------


def csrf_token(request: web.Request) -> str:
    """Return what every form has to send back; bound to the session, before the sign-in to a cookie of its own."""
    bound_to = _bound_to(request)
    if bound_to is None:
        bound_to = request[FORM] = request.get(FORM) or new_token()
    return _sign(request, "csrf", bound_to)


def _bound_to(request: web.Request) -> str | None:
    if OFFICIAL in request:
        return token_of(request)
    value = request.cookies.get(_form_cookie_name(request), "")
    return value if _TOKEN.fullmatch(value) else None


def keep_form_cookie(request: web.Request, response: web.StreamResponse) -> None:
    """Give the browser what the page's forms are bound to, if they are bound to something new."""
    if FORM in request:
        _set_cookie(request, response, _form_cookie_name(request), request[FORM], None)


class Forged(Exception):
    """The form is not one that this browser got from us, or its session is over."""


async def _check_csrf(request: web.Request) -> None:
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise Forged("another site made the browser ask")
    try:
        given = (await request.post()).get(CSRF_FIELD, "")
    except (ValueError, LookupError) as exc:
        raise web.HTTPBadRequest from exc  # a body that is none, or in letters that are none
    bound_to = _bound_to(request)
    if bound_to is None or not isinstance(given, str):
        raise Forged("no token")
    if not hmac.compare_digest(given.encode(), _sign(request, "csrf", bound_to).encode()):
        raise Forged("another token")


def _sign(request: web.Request, purpose: str, text: str) -> str:
    return signature(request.config_dict[PARTS].key, purpose, text)


def signature(key: bytes, purpose: str, text: str) -> str:
    """Return our signature under a text, for one purpose."""
    digest = hmac.digest(key, f"{purpose}:{text}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


# Headers --------------------------------------------------------------------------------------------------------

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on a response that is about to be sent; what it says already stays."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
