"""Signing in and out, and one's own account: sessions, password, the code that links one's chat."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from math import ceil

from aiohttp import web

from console.device import name_device
from console.forms import Form, number_in
from console.hashing import TooMany, check, hashing, make
from console.page import flash, leading_to, page, see_other, url
from console.parts import find_official, official, parts, session
from console.security import (
    anybody,
    clear_session,
    local_path,
    new_token,
    set_session,
    signed_in,
)
from console.strangers import strangers
from handlers import accounts, password_rules
from handlers.delivery_texts import CHANNEL_NAMES
from handlers.errors import Invalid, NotAllowed
from storage import official_chats

RETRY_AFTER_S = 3
CODE_LETTERS = (
    "23456789ACDEFHKMNPRTVXY"  # none that look alike: the code is typed over from one screen to another
)
CODE_LENGTH = 8

_WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng. Xin thử lại; sai từ 5 lần phải đợi ít phút."
_WRONG_NOW = "Mật khẩu hiện tại chưa đúng."
_WAIT = "Nhập sai nhiều lần nên phải đợi ít phút rồi mới thử lại được."
_TOO_MANY = "Đang có nhiều người đăng nhập. Xin thử lại sau vài giây."


@anybody
async def show_login(request: web.Request) -> web.Response:
    """Ask for name and password."""
    if find_official(request) is not None:
        raise leading_to(request, _next(request.query.get("next", ""), request))
    return _login_page(request, Form({"next": request.query.get("next", "")}))


def _login_page(request: web.Request, form: Form, status: int = 200) -> web.Response:
    return page(request, "account/login.html", status, form=form)


def _next(wanted: str, request: web.Request) -> str:
    return local_path(wanted) or url(request, "home")


@anybody
async def login(request: web.Request) -> web.Response:
    """Start a session for the right name and password."""
    form, own = await Form.read(request), parts(request)
    try:
        async with hashing(request).turn():
            attempt = await own.database.write(accounts.begin_sign_in, form.raw("username"), own.now())
            right = await check(attempt.password_hash, form.raw("password"))
    except TooMany:
        form.errors[""] = _TOO_MANY
        answer = _login_page(request, form, 429)
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
        return answer
    if not right or attempt.official_id is None:
        locked_until = attempt.locked_until
        if attempt.official_id is None and locked_until is None:
            locked_until = strangers(request).attempt(form.raw("username"), own.now())
        form.errors[""] = _locked(locked_until, own.now()) if locked_until else _WRONG
        return _login_page(request, form, 422)
    token = new_token()
    device = name_device(request.headers.get("User-Agent", ""))
    try:
        await own.database.write(accounts.finish_sign_in, attempt.official_id, token, device, own.now())
    except NotAllowed:
        form.errors[""] = _WRONG
        return _login_page(request, form, 422)
    answer = leading_to(request, _next(form.text("next"), request))
    set_session(request, answer, token)
    raise answer


def _locked(until: datetime, now: datetime) -> str:
    minutes = max(1, ceil((until - now).total_seconds() / 60))
    return f"Nhập sai nhiều lần nên phải đợi. Xin thử lại sau {minutes} phút."


@signed_in
async def logout(request: web.Request) -> web.Response:
    """End this session."""
    own = parts(request)
    await own.database.write(accounts.sign_out, official(request), own.now(), session(request).id)
    raise _signed_out(request, "Đã đăng xuất.")


def _signed_out(request: web.Request, sentence: str) -> web.HTTPSeeOther:
    flash(request, sentence)
    answer = leading_to(request, url(request, "login"))
    clear_session(request, answer)
    return answer


@signed_in
async def show(request: web.Request) -> web.Response:
    """Show one's own account."""
    return await _account_page(request, Form())


async def _account_page(
    request: web.Request,
    form: Form,
    status: int = 200,
    code: str | None = None,
    until: datetime | None = None,
) -> web.Response:
    own = parts(request)
    sessions = await own.database.read(accounts.list_sessions, official(request), own.now())
    chats = await own.database.read(official_chats.list_chats, official(request).id)
    return page(
        request,
        "account/account.html",
        status,
        form=form,
        sessions=sessions,
        here_id=session(request).id,
        chats=chats,
        channel_names=CHANNEL_NAMES,
        code=code,
        until=until,
    )


@signed_in
async def end_session(request: web.Request) -> web.Response:
    """End another one of one's own sessions."""
    own = parts(request)
    number = number_in(request, "id")
    await own.database.write(accounts.sign_out, official(request), own.now(), number)
    flash(request, "Đã đăng xuất thiết bị đó.")
    see_other(request, "account")


@signed_in
async def end_all(request: web.Request) -> web.Response:
    """End every session, this one too."""
    own = parts(request)
    await own.database.write(accounts.sign_out, official(request), own.now())
    raise _signed_out(request, "Đã đăng xuất trên mọi thiết bị.")


@signed_in
async def change_password(request: web.Request) -> web.Response:
    """Set a new password; every other session ends."""
    form, own, who = await Form.read(request), parts(request), official(request)
    try:
        password_rules.check_password(form.raw("password"), who.username)
        if form.raw("password") != form.raw("again"):
            raise Invalid("again", "Hai lần nhập chưa giống nhau.")
        async with hashing(request).turn():
            attempt = await own.database.write(accounts.begin_sign_in, who.username, own.now())
            if not await check(attempt.password_hash, form.raw("current")):
                raise Invalid("current", _WRONG_NOW if attempt.official_id else _WAIT)
            made = await make(form.raw("password"))
    except Invalid as exc:
        form.refuse(exc)
        return await _account_page(request, form, 422)
    except TooMany:
        form.errors[""] = _TOO_MANY
        return await _account_page(request, form, 429)
    await own.database.write(accounts.change_own_password, who, made, session(request).id, own.now())
    flash(request, "Đã đổi mật khẩu. Các thiết bị khác đã bị đăng xuất.")
    see_other(request, "account")


@signed_in
async def make_code(request: web.Request) -> web.Response:
    """Show a code, this once, that makes a chat one's own."""
    own = parts(request)
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    until = await own.database.write(accounts.offer_link, official(request), code, own.now())
    return await _account_page(request, Form(), code=code, until=until)


@signed_in
async def unlink(request: web.Request) -> web.Response:
    """Make a chat of one's own a resident's again."""
    own = parts(request)
    address_id = number_in(request, "id")
    await own.database.write(accounts.unlink_chat, official(request), address_id, own.now())
    flash(request, "Đã gỡ liên kết. Chat đó không còn nhận báo và không trả lời thay anh/chị được nữa.")
    see_other(request, "account")


ROUTES: Sequence[web.RouteDef] = [
    web.get("/login", show_login, name="login"),
    web.post("/login", login),
    web.post("/logout", logout, name="logout"),
    web.get("/account", show, name="account"),
    web.post("/account/password", change_password, name="account-password"),
    web.post("/account/code", make_code, name="account-code"),
    web.post("/account/chats/{id}/unlink", unlink, name="account-unlink"),
    web.post("/account/sessions/{id}/end", end_session, name="account-session-end"),
    web.post("/account/sessions/end", end_all, name="account-sessions-end"),
]
