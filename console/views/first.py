"""Coming in for the first time: the one-time link that makes the first admin, and invitations."""

from collections.abc import Sequence

from aiohttp import web

from console.errors import error_page
from console.forms import Form
from console.hashing import TooMany, hashing, make
from console.page import flash, page, see_other
from console.parts import parts
from console.security import anybody
from handlers import accounts, password_rules
from handlers.accounts import Draft
from handlers.errors import Invalid
from handlers.officials import Role
from storage.errors import NotFound

_INVITE_OVER = (
    "Liên kết không dùng được nữa",
    "Liên kết này đã dùng, đã hết hạn, hoặc đã có liên kết mới hơn. Đã đặt mật khẩu thì anh/chị cứ đăng nhập; chưa thì xin "
    "quản trị gửi liên kết mới.",
)
_FIRST_OVER = (
    "Liên kết không dùng được nữa",
    "Quản trị đầu tiên đã được tạo, hoặc máy chủ đã bật lại và in ra liên kết mới. Anh/chị đăng nhập, hoặc mở liên kết mới "
    "nhất máy chủ in ra.",
)
_TOO_MANY = "Hệ thống đang bận. Xin thử lại sau vài giây."


@anybody
async def show_first(request: web.Request) -> web.Response:
    """Ask who the first admin is."""
    if not await parts(request).database.read(accounts.is_first, request.match_info["token"]):
        return error_page(request, 404, *_FIRST_OVER)
    return page(request, "first/first.html", form=Form())


@anybody
async def make_first(request: web.Request) -> web.Response:
    """Make the first admin; the link is used up."""
    token, own, form = request.match_info["token"], parts(request), await Form.read(request)
    if not await own.database.read(accounts.is_first, token):
        raise NotFound("first link")
    draft = Draft(form.text("username"), form.text("name"), Role.ADMIN, "")
    try:
        made = await _new_password(request, form, accounts.fold_username(draft.username))
        await own.database.write(accounts.add_first, token, draft, made, own.guide.areas, own.now())
    except Invalid as exc:
        form.refuse(exc)
        return page(request, "first/first.html", 422, form=form)
    except TooMany:
        form.errors[""] = _TOO_MANY
        return page(request, "first/first.html", 429, form=form)
    flash(request, "Đã tạo tài khoản quản trị. Mời đăng nhập.")
    see_other(request, "login")


@anybody
async def show_invite(request: web.Request) -> web.Response:
    """Ask an invited official for a password."""
    own = parts(request)
    try:
        who = await own.database.read(accounts.invited, request.match_info["token"], own.now())
    except NotFound:
        return error_page(request, 404, *_INVITE_OVER)
    return page(request, "first/invite.html", form=Form(), invited=who)


@anybody
async def accept_invite(request: web.Request) -> web.Response:
    """Set the password an invited official chose; the link is used up."""
    token, own, form = request.match_info["token"], parts(request), await Form.read(request)
    who = await own.database.read(accounts.invited, token, own.now())
    try:
        made = await _new_password(request, form, who.username)
    except Invalid as exc:
        form.refuse(exc)
        return page(request, "first/invite.html", 422, form=form, invited=who)
    except TooMany:
        form.errors[""] = _TOO_MANY
        return page(request, "first/invite.html", 429, form=form, invited=who)
    await own.database.write(accounts.accept_invite, token, made, own.now())
    flash(request, "Đã đặt mật khẩu. Mời đăng nhập.")
    see_other(request, "login")


async def _new_password(request: web.Request, form: Form, username: str) -> str:
    password_rules.check_password(form.raw("password"), username)
    if form.raw("password") != form.raw("again"):
        raise Invalid("again", "Hai lần nhập chưa giống nhau.")
    async with hashing(request).turn():
        return await make(form.raw("password"))


ROUTES: Sequence[web.RouteDef] = [
    web.get("/first/{token}", show_first, name="first"),
    web.post("/first/{token}", make_first),
    web.get("/invite/{token}", show_invite, name="invite"),
    web.post("/invite/{token}", accept_invite),
]
