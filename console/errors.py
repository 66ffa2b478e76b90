"""What went wrong, as a page that says what to do. The one place where errors become status codes."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from console.page import page
from console.security import Forged, add_headers
from handlers.errors import Invalid, NotAllowed, RuleError
from storage.errors import Conflict, NotFound, Unavailable

log = logging.getLogger(__name__)

_NOT_FOUND = ("Không có trang này", "Có thể địa chỉ sai, hoặc trang không thuộc phần việc của anh/chị.")
_FORBIDDEN = (
    "Không được phép",
    "Tài khoản của anh/chị không có quyền làm việc này. Cần quyền, hãy hỏi quản trị.",
)
_FORGED = (
    "Biểu mẫu đã cũ",
    "Trang này mở đã lâu hoặc từ một lần đăng nhập khác nên chưa gửi được. Hãy quay lại, tải lại trang rồi gửi lần nữa.",
)
_CONFLICT = (
    "Đã có người khác thay đổi",
    "Chưa lưu gì. Hãy quay lại, tải lại trang để xem bản mới rồi làm tiếp.",
)
_TOO_LARGE = ("Gửi quá lớn", "Tệp hoặc nội dung lớn hơn mức nhận được. Hãy gửi tệp nhỏ hơn.")
_METHOD = ("Không làm được như vậy", "Địa chỉ này không nhận cách gửi đó. Hãy bắt đầu lại từ trang chính.")
_BUSY = ("Hệ thống đang bận", "Chưa lưu gì. Xin đợi vài giây rồi thử lại.")
_BROKEN = (
    "Có lỗi ở phía chúng tôi",
    "Chưa chắc đã lưu. Xin thử lại; nếu vẫn lỗi, hãy báo người quản trị hệ thống.",
)
_RULE = ("Không làm được", "Việc này không còn làm được nữa. Hãy tải lại trang để xem tình trạng hiện nay.")


@web.middleware
async def errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Translate what the views did not; nobody ever sees a traceback."""
    try:
        response = await handler(request)
    except web.HTTPException as exc:
        if exc.status in (404, 405, 413):
            words = {404: _NOT_FOUND, 405: _METHOD, 413: _TOO_LARGE}[exc.status]
            response = error_page(request, exc.status, *words)
        elif exc.status < 400:
            await add_headers(request, exc)
            raise
        else:
            response = error_page(request, exc.status, *_RULE)
    except (NotAllowed, Forged) as exc:
        log.info("console refused", extra={"why": type(exc).__name__})
        response = error_page(request, 403, *(_FORGED if isinstance(exc, Forged) else _FORBIDDEN))
    except NotFound:
        response = error_page(request, 404, *_NOT_FOUND)
    except Conflict:
        response = error_page(request, 409, *_CONFLICT)
    except Invalid as exc:
        response = error_page(request, 422, "Chưa đúng", exc.sentence)
    except RuleError:
        response = error_page(request, 409, *_RULE)
    except Unavailable:
        response = error_page(request, 503, *_BUSY)
        response.headers["Retry-After"] = "2"
    except Exception:
        log.exception("console request failed", extra={"route": request.match_info.route.name})
        response = error_page(request, 500, *_BROKEN)
    await add_headers(request, response)
    return response


def error_page(request: web.Request, status: int, title: str, sentence: str) -> web.Response:
    """Return a plain page with what happened and what to do."""
    return page(request, "errors/plain.html", status, heading=title, sentence=sentence)
