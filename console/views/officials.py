"""Officials' accounts, for those who manage them."""

from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from console.forms import Form, number_in
from console.page import flash, page, see_other, url
from console.parts import official, parts
from console.security import needs, new_token
from handlers import accounts
from handlers.accounts import Draft
from handlers.areas import AreaBook
from handlers.errors import Invalid
from handlers.officials import ROLE_NAMES, Official, Permission
from storage import officials
from storage.db import Tx
from storage.officials import Account


@needs(Permission.MANAGE_OFFICIALS)
async def list_officials(request: web.Request) -> web.Response:
    """List every account."""
    found = await parts(request).database.read(officials.list_accounts)
    return page(request, "officials/list.html", accounts=found, roles=ROLE_NAMES)


@needs(Permission.MANAGE_OFFICIALS)
async def show_new(request: web.Request) -> web.Response:
    """Ask who the new official is."""
    return _new_page(request, Form())


def _new_page(request: web.Request, form: Form, status: int = 200) -> web.Response:
    return page(request, "officials/new.html", status, form=form, **_choices(request))


def _choices(request: web.Request) -> dict[str, object]:
    communes = [(area.code, area.name) for area in parts(request).guide.areas.communes]
    return {
        "roles": [("", "Chọn vai trò"), *((str(role), name) for role, name in ROLE_NAMES.items())],
        "communes": [("", "Tất cả xã, phường"), *communes],
    }


def _draft(form: Form) -> Draft:
    return Draft(form.text("username"), form.text("name"), form.text("role"), form.text("area_code"))


@needs(Permission.MANAGE_OFFICIALS)
async def add(request: web.Request) -> web.Response:
    """Make an account and its invitation."""
    form, own, token = await Form.read(request), parts(request), new_token()
    try:
        new_id = await own.database.write(
            _add_invited, official(request), _draft(form), token, own.guide.areas, own.now()
        )
    except Invalid as exc:
        form.refuse(exc)
        return _new_page(request, form, 422)
    return await _show(request, new_id, token=token)


def _add_invited(tx: Tx, actor: Official, draft: Draft, token: str, areas: AreaBook, now: datetime) -> int:
    new_id = accounts.add(tx, actor, draft, None, areas, now)
    accounts.invite(tx, actor, new_id, token, now)
    return new_id


@needs(Permission.MANAGE_OFFICIALS)
async def show(request: web.Request) -> web.Response:
    """Show one account, to be changed."""
    return await _show(request, number_in(request, "id"))


async def _show(
    request: web.Request,
    number: int,
    status: int = 200,
    *,
    form: Form | None = None,
    token: str | None = None,
) -> web.Response:
    account = await parts(request).database.read(officials.get, number)
    return page(
        request,
        "officials/show.html",
        status,
        account=account,
        form=form or _form_of(account),
        link=parts(request).public_url + url(request, "invite", token=token) if token else None,
        **_choices(request),
    )


def _form_of(account: Account) -> Form:
    return Form(
        {
            "username": account.username,
            "name": account.name,
            "role": account.role,
            "area_code": account.area_code or "",
        }
    )


@needs(Permission.MANAGE_OFFICIALS)
async def change(request: web.Request) -> web.Response:
    """Change name, role and area."""
    number, form, own = number_in(request, "id"), await Form.read(request), parts(request)
    try:
        await own.database.write(
            accounts.change, official(request), number, _draft(form), own.guide.areas, own.now()
        )
    except Invalid as exc:
        form.refuse(exc)
        return await _show(request, number, 422, form=form)
    flash(request, "Đã lưu.")
    see_other(request, "officials")


@needs(Permission.MANAGE_OFFICIALS)
async def disable(request: web.Request) -> web.Response:
    """Let somebody in no more."""
    number, own = number_in(request, "id"), parts(request)
    await own.database.write(accounts.disable, official(request), number, own.now())
    flash(request, "Đã khóa tài khoản và đăng xuất mọi thiết bị.")
    see_other(request, "official", id=number)


@needs(Permission.MANAGE_OFFICIALS)
async def enable(request: web.Request) -> web.Response:
    """Let somebody in again."""
    number, own = number_in(request, "id"), parts(request)
    await own.database.write(accounts.enable, official(request), number, own.now())
    flash(request, "Đã mở lại tài khoản.")
    see_other(request, "official", id=number)


@needs(Permission.MANAGE_OFFICIALS)
async def invite(request: web.Request) -> web.Response:
    """Show a link, this once, that lets them choose a new password."""
    number, own, token = number_in(request, "id"), parts(request), new_token()
    await own.database.write(accounts.invite, official(request), number, token, own.now())
    return await _show(request, number, token=token)


ROUTES: Sequence[web.RouteDef] = [
    web.get("/officials", list_officials, name="officials"),
    web.get("/officials/new", show_new, name="official-new"),
    web.post("/officials/new", add),
    web.get("/officials/{id}", show, name="official"),
    web.post("/officials/{id}", change),
    web.post("/officials/{id}/disable", disable, name="official-disable"),
    web.post("/officials/{id}/enable", enable, name="official-enable"),
    web.post("/officials/{id}/invite", invite, name="official-invite"),
]
