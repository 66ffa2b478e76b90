"""The public pages of announcements as HTML. Pure: no request, no database; everything that was written is escaped."""

import html
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

import segno

from handlers import genuine_texts, posters
from handlers.announcement_codes import spoken
from handlers.announcement_texts import BUTTON_MAP, CODE, LINK_NAME, facts, headline
from handlers.areas import Area
from handlers.dialogues import PublicMinutes
from handlers.genuine import Judgement
from storage.announcements import Announcement
from storage.events import HELD, PLANNED, Event, is_off

CANCELLED: Final = "Tin này đã huỷ. Bà con không làm theo nữa."
EVENT_CANCELLED: Final = "Buổi này đã huỷ, bà con không phải đến nữa."
EVENT_HELD: Final = "Buổi này đã diễn ra."
MINUTES: Final = "Biên bản buổi họp"
OUTCOMES: Final = "Câu hỏi của bà con và kết quả"
CLOSED_ON: Final = "Khép ngày {day}."
PEOPLE_CAME: Final = "{people} người dự."
PICTURE: Final = "Ảnh trong tin"
SAVE: Final = "Lưu vào lịch điện thoại"
PRINT: Final = "Bản in để dán"
TALK: Final = "Trả lời, hỏi thêm"
TALK_WEB: Final = "Nhắn tin ngay trên trang này"
TALK_TELEGRAM: Final = "Mở trong Telegram"
SIGN_UP: Final = "Ghi tên dự buổi này"
SIGN_UP_WEB: Final = "Ghi tên ngay trên trang này"
SIGN_UP_TELEGRAM: Final = "Ghi tên qua Telegram"
CHECK: Final = "Bà con nghi tin giả? Kiểm tra tại đây"
SENT_ON: Final = "Gửi ngày {day}."
FREE: Final = "Hỏi đáp miễn phí. Không cần khai tên, không cần cài thêm gì."
AREA_CHOSEN: Final = "Nơi hỏi: {name}."
UNKNOWN: Final = "Không có tin nào ở địa chỉ này. Bà con xem lại từng chữ của mã tin."
PASTE: Final = "Dán nguyên tin nhận được, hoặc gõ mã tin"
BUTTON_CHECK: Final = "Kiểm tra"
_SAFE: Final = re.compile(r"https?://", re.IGNORECASE)


def article(announcement: Announcement, event: Event | None, zone: ZoneInfo) -> str:
    """Write what was announced: the same facts as in the message."""
    told = facts(announcement, event, zone)
    pictures = "".join(
        f'<img src="/a/{announcement.code}/pictures/{number}" alt="{PICTURE}" loading="lazy">'
        for number in range(1, len(announcement.pictures) + 1)
    )
    return (
        f"<article><h1>{html.escape(headline(announcement))}</h1>{_state(announcement, event)}"
        f"{paragraphs(announcement.text)}{_list(told)}{pictures}"
        f'<p class="code">{html.escape(CODE.partition(".")[0].format(code=spoken(announcement.code)))}.</p></article>'
    )


def minutes(closed: PublicMinutes, zone: ZoneInfo) -> str:
    """Write what came of a session: the minutes, and the outcome of each item."""
    when = f"{closed.closed_at.astimezone(zone):%d/%m/%Y}"
    people = f" {PEOPLE_CAME.format(people=closed.people)}" if closed.people else ""
    items = "".join(
        f"<li><p><strong>{html.escape(item.title)}</strong><br>{html.escape(item.outcome)}</p>"
        f"{paragraphs(item.text)}</li>"
        for item in closed.items
    )
    listed = f"<h3>{OUTCOMES}</h3><ol>{items}</ol>" if items else ""
    return (
        f'<section id="minutes"><h2>{MINUTES}</h2>{paragraphs(closed.text)}{listed}'
        f'<p class="quiet">{CLOSED_ON.format(day=when)}{people}</p></section>'
    )


def around(
    announcement: Announcement, event: Event | None, zone: ZoneInfo, telegram: str | None, now: datetime
) -> str:
    """Write what can be done about an announcement: answered, kept, printed, checked."""
    actions = []
    if event is not None and event.status == PLANNED:
        actions.append((f"/a/{announcement.code}.ics", SAVE))
    if event is not None and event.map_link and _SAFE.match(event.map_link):
        actions.append((event.map_link, BUTTON_MAP))
    if event is None or event.is_coming(now):
        actions.append((f"/a/{announcement.code}/poster", PRINT))
    sent = announcement.started_at.astimezone(zone) if announcement.started_at else None
    day = f"{SENT_ON.format(day=f'{sent:%d/%m/%Y}')} " if sent else ""
    return (
        f"{_talk(event, telegram, now)}{_links(actions) if actions else ''}"
        f'<p class="quiet">{day}<a href="/verify?code={announcement.code}">{CHECK}</a></p>{warning()}'
    )


def _talk(event: Event | None, telegram: str | None, now: datetime) -> str:
    """Write the ways to answer: for a session that is to come, each opens it with the buttons to sign up."""
    if event is None or not event.is_coming(now):
        ways = [("/", TALK_WEB), *([(f"https://t.me/{telegram}", TALK_TELEGRAM)] if telegram else [])]
        return f"<h2>{TALK}</h2>{_links(ways)}"
    there = _link(f"https://t.me/{telegram}?start=e_{event.id}", SIGN_UP_TELEGRAM) if telegram else ""
    return f"<h2>{SIGN_UP}</h2>{_begin(f'1:rsvp:show:{event.id}', SIGN_UP_WEB, there)}"


def _begin(payload: str, label: str, more: str) -> str:
    """Write a button that opens the web chat with this pressed, and more beside it; a form, as no script is needed."""
    return (
        f'<form method="post" action="/" enctype="multipart/form-data" class="go">'
        f'<button name="payload" value="{html.escape(payload)}">{label}</button>{more}</form>'
    )


def poster(announcement: Announcement, event: Event | None, zone: ZoneInfo, public_url: str) -> str:
    """Write the sheet for the wall."""
    sheet = posters.poster(announcement, event, zone, public_url)
    return (
        f'<article class="sheet {sheet.size}"><h1>{html.escape(sheet.headline)}</h1>{_state(announcement, event)}'
        f"{_list(sheet.facts)}<div>{paragraphs(sheet.text)}</div>"
        f'<footer>{qr(sheet.url)}<div><p class="scan">{posters.SCAN}</p>'
        f"<p>{html.escape(_bare(sheet.url))}</p><p>{html.escape(sheet.code)}</p><p>{posters.WARNING}</p></div></footer>"
        "</article>"
    )


def channels(area: Area | None, telegram: str | None) -> str:
    """Write the ways to talk to us, with the commune of a leaflet chosen."""
    name = f'<p class="now">{html.escape(AREA_CHOSEN.format(name=area.spoken))}</p>' if area else ""
    payload = f"1:menu:start:{area.code}" if area else "1:menu:start"
    start = f"?start=a_{area.code}" if area else ""
    there = _link(f"https://t.me/{telegram}{start}", TALK_TELEGRAM) if telegram else ""
    # The commune is chosen by a tap and not by a look.
    return f"<h1>Hai Chiều</h1><p>{FREE}</p>{name}{_begin(payload, TALK_WEB, there)}{warning()}"


def checking(typed: str, judged: Judgement | None, notice: str = "") -> str:
    """Write the form that asks whether a message is ours, and the answer to it."""
    said = f'<p class="notice" role="alert">{html.escape(notice)}</p>' if notice else ""
    if judged is not None:
        said = _judged(judged)
    return (
        f"<h1>Tin này có phải của Hai Chiều?</h1>{said}"
        f'<form method="post" action="/verify"><label for="text">{PASTE}</label>'
        f'<textarea id="text" name="text" rows="5" maxlength="4096">{html.escape(typed)}</textarea>'
        f"<button>{BUTTON_CHECK}</button></form>{warning()}"
    )


def warning() -> str:
    """Write the standing warning."""
    return f'<p class="warning">{html.escape(genuine_texts.WARNING)}</p>'


def paragraphs(text: str) -> str:
    """Write plain text: an empty line parts paragraphs, a line break stays one."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return "".join(f"<p>{'<br>'.join(map(html.escape, part.splitlines()))}</p>" for part in parts if part)


def qr(url: str) -> str:
    """Draw a QR code, black on white, that stays readable with a crease in it."""
    file = BytesIO()
    segno.make(url, error="q", micro=False).save(
        file,
        kind="svg",
        border=4,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgclass="qr",
        lineclass=None,
        omitsize=True,
    )
    return file.getvalue().decode()


def _judged(judged: Judgement) -> str:
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in genuine_texts.reasons(judged))
    text = genuine_texts.true_text(judged)
    quoted = f"<blockquote>{paragraphs(text)}</blockquote>" if text else ""
    see = _links([(f"/a/{judged.sent.code}", genuine_texts.BUTTON_SEE)]) if judged.sent else ""
    return (
        f'<section class="{judged.verdict.value}" role="status"><p class="now">{genuine_texts.verdict(judged)}</p>'
        f"{lines}{quoted}{see}</section>"
    )


def _state(announcement: Announcement, event: Event | None) -> str:
    said = EVENT_HELD if event is not None and event.status == HELD else None
    if is_off(announcement, event):
        said = EVENT_CANCELLED if event is not None else CANCELLED
    return f'<p class="notice">{said}</p>' if said else ""


def _list(told: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{name}</dt><dd>{_value(name, value)}</dd>" for name, value in told)
    return f"<dl>{rows}</dl>" if rows else ""


def _value(name: str, value: str) -> str:
    shown = html.escape(value)
    safe = name == LINK_NAME and _SAFE.match(value)
    return f'<a href="{shown}" rel="noopener noreferrer nofollow">{shown}</a>' if safe else shown


def _links(links: Iterable[tuple[str, str]]) -> str:
    return f'<p class="go">{" ".join(_link(url, label) for url, label in links)}</p>'


def _link(url: str, label: str) -> str:
    return f'<a href="{html.escape(url)}">{label}</a>'


def _bare(url: str) -> str:
    return url.partition("://")[2]
