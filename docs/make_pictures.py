"""Take the handbook's pictures, or a picture of every screen: `make pictures`.

Starts the whole service on temporary databases (one empty, one filled as `hai-chieu demo` does), goes the way of
docs/so-tay-can-bo.md in a headless Chromium and writes docs/pictures/*.png. The clock, the made-up people and the
codes are the same each time; a minute on a page may differ.
"""

import argparse
import asyncio
import random
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from bot import config, log
from bot.cli.database import ready_database
from bot.demo import fill
from bot.guide import build_guide
from bot.wiring import Service
from handlers import areas, feedback_texts, topics
from handlers.case_codes import make_code
from handlers.case_life import Category
from handlers.case_texts import CATEGORY_NAMES
from handlers.officials import Official, Role
from handlers.topics import Library
from storage import password_hash

PICTURES = Path(__file__).parent / "pictures"
MORNING = "2026-11-26T09:10:00+07:00"
SEED = 2026
PASSWORD = "bốn từ chỉ để chụp hình"  # noqa: S105  # of a database that lives for a minute
WIDE, NARROW = ViewportSize(width=1366, height=820), ViewportSize(width=360, height=720)
COLOURS = 64  # flat pages look the same, and their files are a third as large
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
    "--lang=vi",
)
TOPIC = "cham-chi-tra-tro-cap"
ASKED = "nghe nói tháng này có tiền rồi phải không"
CANNED = "Đã chuyển kế toán chi trả"
DOUBLE_TAP_MS = 700  # the chat takes a press at the same place for a slip of the finger for so long
TOLD = "Hai tháng nay xã chưa trả tiền trợ cấp bảo trợ xã hội cho mẹ tôi. Hỏi thì bảo chờ."
ANSWER_BY_HAND = {"{tháng}": "10 và 11", "{ngày}": "30/11/2026", "{nơi nhận}": "nhà văn hóa thôn Đông"}
DRAFT, SUBMITTED = "Một nhà vừa thoát nghèo nhờ nuôi thỏ", "Lịch chi trả trợ cấp tháng 12"
SENT, MONTH = "Thẻ bảo hiểm y tế năm 2027 của hộ nghèo", "2026-12"
SCREENS = (
    "",
    "/urgent",
    "/cases",
    "/cases?tab=all",
    "/cases/new",
    "/replies",
    "/replies/new",
    "/questions",
    "/topics",
    "/topics/new",
    "/announcements",
    "/announcements/new",
    "/events",
    "/people",
    "/offices",
    "/exports",
    "/officials",
    "/officials/new",
    "/audit",
    "/audit/verify",
    "/settings",
    "/account",
)
FIRST_OF = ("/announcements", "/cases", "/questions", "/topics", "/replies", "/offices", "/officials")
"""Lists whose first entry is looked at too."""


class Camera:
    """Writes what a page shows into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def take(self, page: Page, name: str, *, whole: bool = False) -> None:
        """Write `NAME-WIDTH.png`; `whole`: with what lies below the window."""
        size = page.viewport_size
        width = size["width"] if size else 0
        shot = await page.screenshot(full_page=whole, animations="disabled", caret="hide")
        image = Image.open(BytesIO(shot)).convert("RGB")
        flat = image.quantize(COLOURS, dither=Image.Dither.NONE)
        flat.save(self.folder / f"{name}-{width}.png", optimize=True)


@asynccontextmanager
async def serving(folder: Path, *, demo: bool) -> AsyncIterator[tuple[Service, Sequence[Official]]]:
    """Run the service on a database of this folder; with `demo`, with a made-up commune in it and its officials."""
    database_url = f"sqlite+aiosqlite:///{folder / 'pictures.db'}"
    settings = config.load(
        {
            "DATABASE_URL": database_url,
            "HTTP_PORT": "0",
            "SECRET_KEY": "of pictures only " * 3,
            "CLOCK_START": MORNING,
        }
    )
    officials: Sequence[Official] = ()
    content = topics.shipped()
    if demo:
        now = settings.clock_start
        assert now is not None  # noqa: S101  # given just above
        made = password_hash.make(PASSWORD)
        async with ready_database(settings) as database:
            book, library = areas.load(areas.SHIPPED), Library(content)
            filled = await fill(
                database, book, library, settings.timezone, made, SEED, now, lambda *_, **__: None
            )
            officials = filled.officials
    chance = random.Random(SEED)  # noqa: S311  # so that the same codes are on the pictures each time
    guide = replace(build_guide(settings), new_code=lambda: make_code(chance.choice))
    service = Service(settings, guide=guide)
    try:
        await service.start()
        yield service, officials
    finally:
        await service.stop()


async def window(browser: Browser, size: ViewportSize, *, dark: bool = False) -> Page:
    """Open a window of its own: nobody is signed in."""
    context = await browser.new_context(
        viewport=size, locale="vi-VN", color_scheme="dark" if dark else "light"
    )
    context.set_default_timeout(10_000)
    return await context.new_page()


async def signed_in(
    browser: Browser, size: ViewportSize, console: str, username: str, *, dark: bool = False
) -> Page:
    """Open a window and sign in."""
    page = await window(browser, size, dark=dark)
    await page.goto(f"{console}/login")
    await page.fill("[name=username]", username)
    await page.fill("[name=password]", PASSWORD)
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.wait_for_url(re.compile("/console/?$"))
    return page


async def begin(browser: Browser, camera: Camera, folder: Path) -> None:
    """First start: the first admin, who adds an officer."""
    async with serving(folder, demo=False) as (service, _):
        console = f"http://127.0.0.1:{service.port}/console"
        page = await window(browser, WIDE)
        await page.goto(f"{console}/first/{service.first_token}")
        await page.fill("[name=name]", "Nguyễn Văn Quản Trị")
        await page.fill("[name=username]", "quan.tri")
        await page.fill("[name=password]", PASSWORD)
        await page.fill("[name=again]", PASSWORD)
        await camera.take(page, "quan-tri-dau-tien")
        await page.get_by_role("button", name="Tạo tài khoản").click()
        await page.wait_for_url("**/login")
        phone = await window(browser, NARROW)
        await phone.goto(f"{console}/login")
        await camera.take(phone, "dang-nhap")
        admin = await signed_in(browser, WIDE, console, "quan.tri")
        await admin.goto(f"{console}/officials/new")
        await admin.fill("[name=name]", "Phạm Thị Hạnh")
        await admin.fill("[name=username]", "hanh.tuky")
        await admin.select_option("[name=role]", str(Role.OFFICER))
        await admin.select_option("[name=area_code]", "11074")
        await camera.take(admin, "them-can-bo")


async def tell(page: Page, chat: str) -> str:
    """Tell something in the web chat, as a resident does; returns the code."""
    await page.goto(chat)
    await page.fill("#text", feedback_texts.BUTTON_START)
    await page.click("#send")
    await expect(page.get_by_role("button", name=feedback_texts.BUTTON_LEAVE)).to_be_visible()
    await page.fill("#text", TOLD)
    await page.click("#send")
    code = page.locator("#log .m.bot", has_text="Mã: ")
    await page.get_by_role("button", name=CATEGORY_NAMES[Category.ALLOWANCE]).click()
    await expect(page.locator("#log .m.bot", has_text=feedback_texts.ASK_COMMUNE)).to_be_visible()
    await page.fill("#text", "Tứ Kỳ")
    await page.click("#send")
    await page.get_by_role("button", name="Xã Tứ Kỳ").click()
    confirm = page.locator("#log").get_by_role("button", name=feedback_texts.BUTTON_SEND, exact=True)
    await expect(confirm).to_be_visible()
    await page.wait_for_timeout(DOUBLE_TAP_MS)
    await confirm.click()
    await expect(code).to_be_visible(timeout=20_000)
    found = re.search(r"Mã: (\S+)", await code.inner_text())
    if found is None:
        raise LookupError("the chat gave no code")
    return found[1]


async def answer(browser: Browser, camera: Camera, service: Service, officer: Official) -> None:
    """The way of one case: told in the chat, taken and answered in the console, read in the chat."""
    home = f"http://127.0.0.1:{service.port}"
    console = f"{home}/console"
    resident = await window(browser, NARROW)
    code = await tell(resident, home)
    await camera.take(resident, "chat-gui-phan-anh")
    desk = await signed_in(browser, WIDE, console, officer.username)
    phone = await signed_in(browser, NARROW, console, officer.username)
    for page in (desk, phone):
        await page.goto(f"{console}/cases")
        await camera.take(page, "hop-phan-anh")
    await desk.goto(f"{console}/cases?q={code}")
    await desk.locator("a.code-link").first.click()
    await desk.get_by_role("button", name="Nhận việc").click()
    await camera.take(desk, "phan-anh")
    await desk.select_option("[name=reply]", label=CANNED)
    await desk.get_by_role("button", name="Chèn mẫu").click()
    words = await desk.input_value("[name=answer]")
    for hole, filled in ANSWER_BY_HAND.items():
        words = words.replace(hole, filled)
    await desk.fill("[name=answer]", words)
    await desk.get_by_role("button", name="Xem trước").click()
    await desk.locator(".preview").scroll_into_view_if_needed()
    await camera.take(desk, "xem-truoc-tra-loi")
    await desk.get_by_role("button", name="Gửi trả lời").click()
    await expect(desk.locator(".flash")).to_be_visible()
    await expect(resident.locator("#log .m.bot", has_text="30/11/2026")).to_be_visible()
    await camera.take(resident, "chat-co-tra-loi")


async def go_round(browser: Browser, camera: Camera, console: str, by_role: dict[Role, Official]) -> None:
    """The other screens of the handbook."""
    desk = await signed_in(browser, WIDE, console, by_role[Role.OFFICER].username)
    for path, name in (("", "tong-quan"), ("/urgent", "khan-cap"), ("/questions", "cau-hoi")):
        await desk.goto(f"{console}{path}")
        await camera.take(desk, name)
    await desk.locator("main table a").first.click()
    await camera.take(desk, "tra-loi-cau-hoi")
    await desk.goto(f"{console}/cases/new")
    await desk.fill("[name=text]", "Bà không có điện thoại, hỏi thẻ bảo hiểm y tế của cháu đã có chưa.")
    await desk.fill("[name=name]", "Nguyễn Thị Ví Dụ")
    await camera.take(desk, "nhap-ho")
    await desk.get_by_role("button", name="Lưu và lấy phiếu").click()
    await expect(desk.locator(".notice")).to_be_visible()  # the kind was guessed; a person looks at it
    await desk.get_by_role("button", name="Lưu và lấy phiếu").click()
    await desk.wait_for_url("**/slip**")
    await camera.take(desk, "phieu")
    await desk.goto(f"{console}/exports")
    await desk.get_by_role("button", name="Lấy số liệu").click()
    await expect(desk.get_by_role("link", name="Tải về")).to_be_visible()
    await camera.take(desk, "xuat-so-lieu")
    phone = await signed_in(browser, NARROW, console, by_role[Role.OFFICER].username)
    await phone.goto(f"{console}/account")
    await phone.get_by_role("button", name="Lấy mã liên kết").scroll_into_view_if_needed()
    await camera.take(phone, "tai-khoan")
    editor = await signed_in(browser, WIDE, console, by_role[Role.EDITOR].username)
    await editor.goto(f"{console}/topics/{TOPIC}/edit")
    await camera.take(editor, "sua-chu-de")
    await editor.fill("[name=phrasings]", await editor.input_value("[name=phrasings]") + "\n" + ASKED)
    await editor.get_by_role("button", name="Xem trước").click()
    await camera.take(editor, "xem-truoc-chu-de")
    leader = await signed_in(browser, WIDE, console, by_role[Role.LEADER].username)
    await leader.goto(f"{console}/audit")
    await camera.take(leader, "nhat-ky")


async def announce(browser: Browser, camera: Camera, console: str, by_role: dict[Role, Official]) -> None:
    """The way of an announcement, and the calendar. Nothing leaves: there is no channel that is called."""
    editor = await signed_in(browser, WIDE, console, by_role[Role.EDITOR].username)
    await editor.goto(f"{console}/announcements/new")
    await editor.select_option("[name=kind]", "event")
    await editor.fill("[name=title]", "Tập huấn chăn nuôi gà")
    await editor.fill("[name=text]", "Lớp dạy chọn giống, làm chuồng, phòng bệnh cho gà. Không mất tiền.")
    await camera.take(editor, "viet-tin", whole=True)
    await editor.goto(f"{console}/announcements?tab=open")
    await editor.get_by_role("link", name=DRAFT).click()
    await camera.take(editor, "xem-truoc-tin", whole=True)
    phone = await signed_in(browser, NARROW, console, by_role[Role.LEADER].username)
    await phone.goto(f"{console}/announcements?tab=open")
    await phone.get_by_role("link", name=SUBMITTED).click()
    await phone.get_by_role("button", name="Duyệt, cho gửi").scroll_into_view_if_needed()
    await camera.take(phone, "duyet-tin")
    await phone.get_by_role("button", name="Duyệt, cho gửi").click()
    # The page loads itself again once the sending has begun.
    await expect(phone.locator(".badges")).to_contain_text("đang gửi", timeout=20_000)
    await editor.goto(f"{console}/announcements?tab=going")
    await editor.get_by_role("link", name=SUBMITTED).click()
    await expect(editor.locator("[data-count=queued]")).not_to_have_text("0")
    await camera.take(editor, "tin-dang-di")
    await editor.goto(f"{console}/announcements?tab=over")
    await editor.get_by_role("link", name=SENT).click()
    await camera.take(editor, "ket-qua-tin")
    officer = await signed_in(browser, WIDE, console, by_role[Role.OFFICER].username)
    await officer.goto(f"{console}/events?month={MONTH}")
    await camera.take(officer, "lich-hop")
    await officer.locator("a.session").first.click()
    await officer.get_by_role("link", name="Danh sách ghi tên").click()
    await camera.take(officer, "ghi-ten")


async def every_screen(
    browser: Browser, camera: Camera, console: str, by_role: dict[Role, Official], *, dark: bool
) -> None:
    """Every screen that a role has, whole, on a desk and on a phone: to be looked at."""
    for role, official in by_role.items():
        for size in (WIDE, NARROW):
            page = await signed_in(browser, size, console, official.username, dark=dark)
            for path in SCREENS:
                answered = await page.goto(f"{console}{path}")
                if answered is None or answered.status in (403, 404):
                    continue  # not this role's
                if answered.status != 200:
                    raise LookupError(f"{role} got {answered.status} at {path}")
                name = f"{role}{re.sub('[/?=]', '-', path) or '-home'}"
                await camera.take(page, name, whole=True)
                if path in FIRST_OF and await (entry := page.locator("main table td a").first).count():
                    await entry.click()
                    await camera.take(page, f"{name}-first", whole=True)
            await page.context.close()


async def main(folder: Path, *, every: bool, dark: bool) -> None:
    """Take the handbook's pictures into a folder, or one of every screen."""
    log.set_up("WARNING", "console", ())
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit("Chromium is not installed; on Debian: apt-get install chromium")
    camera = Camera(folder)
    # The first answer waits for what the service learns at its start.
    expect.set_options(timeout=20_000)
    with tempfile.TemporaryDirectory() as name:
        below = Path(name)
        for part in ("empty", "demo"):
            (below / part).mkdir()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
            if not every:
                await begin(browser, camera, below / "empty")
            async with serving(below / "demo", demo=True) as (service, officials):
                by_role = {official.role: official for official in reversed(officials)}
                console = f"http://127.0.0.1:{service.port}/console"
                if every:
                    await every_screen(browser, camera, console, by_role, dark=dark)
                else:
                    await answer(browser, camera, service, by_role[Role.OFFICER])
                    await go_round(browser, camera, console, by_role)
                    await announce(browser, camera, console, by_role)
            await browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every-screen", action="store_true", help="of every screen and role, to look at")
    parser.add_argument("--dark", action="store_true", help="with --every-screen: as at night")
    parser.add_argument(
        "--folder", type=Path, default=PICTURES, help="where they go; docs/pictures by default"
    )
    options = parser.parse_args()
    asyncio.run(main(options.folder, every=options.every_screen, dark=options.dark))
