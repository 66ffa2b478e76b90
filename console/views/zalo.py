"""Zalo: whether the service may speak for the Official Account, and an admin's consent that it may."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from console.errors import error_page
from console.page import flash, leading_to, page, see_other, url
from console.parts import official, parts
from console.security import needs
from console.zalo import ConsentFailed, Why
from handlers.officials import Permission

_AGAIN = "Hãy về trang Zalo, bấm Lấy đường dẫn đồng ý rồi làm lại."
FAILURES = {
    Why.UNKNOWN: f"Lần đồng ý này không còn hiệu lực: đường dẫn đã dùng rồi, hoặc đã có đường dẫn mới hơn. {_AGAIN}",
    Why.OTHER_OFFICIAL: "Đường dẫn đồng ý này do một quản trị khác lấy. Người đó phải tự làm cho xong, "
    "hoặc anh/chị về trang Zalo, lấy đường dẫn của mình.",
    Why.TOO_LATE: f"Đường dẫn đồng ý chỉ dùng được trong 15 phút và nay đã hết hạn. {_AGAIN}",
    Why.NO_CODE: f"Zalo không gửi lại mã đồng ý, có thể do anh/chị chưa bấm Đồng ý trên trang của Zalo. {_AGAIN}",
    Why.OTHER_OA: "Anh/chị vừa đồng ý cho một OA khác với OA hệ thống đang dùng. Chưa thay đổi gì. "
    "Hãy làm lại và chọn đúng OA; nếu thật sự muốn đổi OA, hãy lập ứng dụng mới và sửa ZALO_APP_ID.",
    Why.REFUSED: f"Zalo không chấp nhận lần đồng ý này. {_AGAIN}",
    Why.NO_ANSWER: f"Zalo chưa trả lời nên chưa lấy được mã truy cập. Đợi vài phút. {_AGAIN}",
}
"""What an admin reads about a consent that was not taken, and what to do."""
CODES = {
    -14002: "Ứng dụng chưa được kích hoạt: mở developers.zalo.me, bật ứng dụng rồi làm lại.",
    -14003: "Địa chỉ nhận lại (Callback URL) chưa khai đúng ở developers.zalo.me: khai đúng địa chỉ ghi trên trang Zalo.",
}
_LONGEST = 2000


@needs(Permission.MANAGE_SETTINGS)
async def show(request: web.Request) -> web.Response:
    """Show how the tokens stand, and what is to be done."""
    own = parts(request)
    standing = await own.zalo.standing(official(request)) if own.zalo else None
    return page(
        request,
        "zalo/show.html",
        standing=standing,
        callback=f"{own.public_url}{url(request, 'zalo-callback')}",
        webhook=f"{own.public_url}/webhooks/zalo",
        reachable=own.https or _is_here(own.public_url),
    )


def _is_here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@needs(Permission.MANAGE_SETTINGS)
async def begin(request: web.Request) -> web.Response:
    """Make the link with which this admin consents."""
    own = parts(request)
    if own.zalo is None:
        raise web.HTTPNotFound
    await own.zalo.begin(official(request))
    see_other(request, "zalo")


@needs(Permission.MANAGE_SETTINGS)
async def callback(request: web.Request) -> web.Response:
    """Take the browser back from Zalo. A GET that changes something, for Zalo redirects; its state counts once."""
    own = parts(request)
    if own.zalo is None:
        raise web.HTTPNotFound
    query = request.query
    code, state, oa_id = query.get("code", ""), query.get("state", ""), query.get("oa_id", "")
    try:
        await own.zalo.finish(official(request), code[:_LONGEST], state[:_LONGEST], oa_id[:_LONGEST])
    except ConsentFailed as exc:
        sentence = FAILURES[exc.why]
        if exc.why is Why.REFUSED and exc.code is not None:
            sentence = f"{sentence} Mã lỗi: {exc.code}."
            sentence = f"{CODES[exc.code]} Mã lỗi: {exc.code}." if exc.code in CODES else sentence
        return error_page(request, 422, "Chưa nhận được sự đồng ý", sentence)
    flash(request, "Đã nhận sự đồng ý. Hệ thống gửi và nhận tin qua Zalo được.")
    # Away from an address that holds a code.
    raise leading_to(request, url(request, "zalo"))


ROUTES: Sequence[web.RouteDef] = [
    web.get("/zalo", show, name="zalo"),
    web.post("/zalo/consent", begin, name="zalo-consent"),
    web.get("/zalo/callback", callback, name="zalo-callback"),
]
