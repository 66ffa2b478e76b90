"""A topic as a form: one field a line of it, versions numbered `v0.answer`, `v1.answer`, …"""

import re
from datetime import date, timedelta

from console.forms import Form
from faq import Confidence, Source, Topic, Version
from faq.text import fold
from handlers.errors import Invalid
from handlers.topic_editing import Faulty, close_before

REVIEW_AFTER = timedelta(days=180)
MAX_VERSIONS = 20
CONFIDENCES = [
    (str(Confidence.VERIFIED), "Đã đối chiếu văn bản"),
    (str(Confidence.PARTLY), "Đối chiếu một phần"),
    (str(Confidence.KNOWN), "Theo hiểu biết chung"),
    (str(Confidence.UNCERTAIN), "Chưa chắc chắn (không nêu số tiền)"),
]
LABELS = {
    "id": "Mã",
    "title": "Tên chủ đề",
    "theme": "Nhóm",
    "referral": "Việc của nơi khác",
    "succeeded_by": "Chủ đề thay thế",
    "phrasings": "Cách hỏi",
    "valid_to": "Đến hết ngày",
    "review_by": "Xem lại trước ngày",
    "confidence": "Mức chắc chắn",
    "answer": "Câu trả lời",
    "detail": "Nói thêm",
    "where": "Hỏi, nộp ở đâu",
    "bring": "Cần mang theo",
    "sources": "Căn cứ",
}


def label(field: str) -> str:
    """Return what a field of a difference is called on the screen."""
    day, dot, name = field.partition(".")
    if not dot:
        return LABELS.get(field, field)
    return f"Bản từ {date.fromisoformat(day):%d/%m/%Y} · {LABELS.get(name, name)}"


def fill(topic: Topic) -> Form:
    """Return the form of a topic."""
    values = {
        "id": topic.id,
        "title": topic.title,
        "theme": topic.theme,
        "referral": "1" if topic.referral else "",
        "succeeded_by": topic.succeeded_by or "",
        "phrasings": "\n".join(topic.phrasings),
    }
    for number, version in enumerate(topic.versions):
        values |= {f"v{number}.{name}": value for name, value in _fill_version(version).items()}
    return Form(values)


def _fill_version(version: Version) -> dict[str, str]:
    return {
        "valid_from": version.valid_from.isoformat(),
        "valid_to": version.valid_to.isoformat() if version.valid_to else "",
        "review_by": version.review_by.isoformat(),
        "confidence": str(version.confidence),
        "answer": version.answer,
        "detail": version.detail or "",
        "where": version.where or "",
        "bring": "\n".join(version.bring),
        "sources": "\n".join(
            " | ".join((s.document, s.article or "", s.dates or "")).rstrip(" |") for s in version.sources
        ),
    }


def blank(text: str, today: date) -> Form:
    """Return the form of a new topic. `text`: a question somebody asked, or nothing."""
    form = Form({"phrasings": text.strip()})
    add_version(form, today)
    form.values["v0.valid_from"] = today.isoformat()
    return form


def add_version(form: Form, today: date) -> None:
    """Give the form one more version: the last one's words, and a first day still to be said."""
    there = numbers(form)
    number = max(there, default=-1) + 1
    if len(there) >= MAX_VERSIONS:
        raise Invalid("", f"Một chủ đề có nhiều nhất {MAX_VERSIONS} bản.")
    last = max(there, key=lambda n: form.text(f"v{n}.valid_from"), default=None)
    for name in ("confidence", "answer", "detail", "where", "bring", "sources"):
        form.values[f"v{number}.{name}"] = form.raw(f"v{last}.{name}") if last is not None else ""
    form.values |= {
        f"v{number}.valid_from": "",
        f"v{number}.valid_to": "",
        f"v{number}.review_by": (today + REVIEW_AFTER).isoformat(),
    }


def numbers(form: Form) -> list[int]:
    """Return the numbers of the versions in the form."""
    return sorted(
        {int(found[1]) for name in form.values if (found := re.fullmatch(r"v(\d{1,3})\.answer", name))}
    )


class Reading:
    """A topic read from a form; `topic` None: not readable, and the form says why."""

    def __init__(self, form: Form, topic_id: str | None) -> None:
        """Args: topic_id: None for a new topic, whose id the form says, or its title gives."""
        self._form = form
        kept = [n for n in numbers(form) if not form.text(f"v{n}.drop")]
        versions = [(n, version) for n in kept if (version := self._version(n)) is not None]
        versions.sort(key=lambda pair: pair[1].valid_from)
        self._order = [n for n, _ in versions]
        title, theme = self._needed("title", "Hãy ghi tên chủ đề."), self._needed("theme", "Hãy ghi nhóm.")
        self.topic: Topic | None = None
        if not form.errors:
            self.topic = close_before(
                Topic(
                    topic_id or form.text("id") or _slug(title),
                    title,
                    theme,
                    lines(form.text("phrasings")),
                    tuple(version for _, version in versions),
                    bool(form.text("referral")),
                    form.text("succeeded_by") or None,
                )
            )

    def refuse(self, faulty: Faulty) -> None:
        """Put faults beside the fields they are in."""
        for fault in faulty.faults:
            found = re.fullmatch(r"versions\.(\d+)\.(\w+)", fault.field)
            field = f"v{self._order[int(found[1])]}.{found[2]}" if found else fault.field
            said = self._form.errors.get(field)
            self._form.errors[field] = f"{said} {fault.sentence}" if said else fault.sentence

    def _version(self, number: int) -> Version | None:
        form, place = self._form, f"v{number}"
        valid_from = self._day(f"{place}.valid_from", needed=True)
        valid_to, review_by = self._day(f"{place}.valid_to"), self._day(f"{place}.review_by", needed=True)
        answer = self._needed(f"{place}.answer", "Hãy ghi câu trả lời.")
        if valid_from and valid_to and valid_to < valid_from:
            form.refuse(Invalid(f"{place}.valid_to", "Ngày hết hạn không thể trước ngày bắt đầu."))
        confidence = form.text(f"{place}.confidence")
        if confidence not in {value for value, _ in CONFIDENCES}:
            form.refuse(Invalid(f"{place}.confidence", "Hãy chọn mức chắc chắn."))
        if (
            valid_from is None
            or review_by is None
            or any(name.startswith(f"{place}.") for name in form.errors)
        ):
            return None
        return Version(
            valid_from,
            valid_to,
            review_by,
            Confidence(confidence),
            answer,
            _one_line_end(form.text(f"{place}.detail")) or None,
            form.text(f"{place}.where") or None,
            lines(form.text(f"{place}.bring")),
            tuple(_source(line) for line in lines(form.text(f"{place}.sources"))),
        )

    def _needed(self, name: str, sentence: str) -> str:
        if not self._form.text(name):
            self._form.refuse(Invalid(name, sentence))
        return _one_line_end(self._form.text(name))

    def _day(self, name: str, *, needed: bool = False) -> date | None:
        text = self._form.text(name)
        if not text and not needed:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self._form.refuse(Invalid(name, "Hãy chọn ngày, như 2026-01-31."))
            return None


def _one_line_end(text: str) -> str:
    """Browsers send a line's end as two characters."""
    return text.replace("\r\n", "\n")


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of a text area that say something."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _source(line: str) -> Source:
    document, article, dates = [part.strip() for part in (*line.split("|", 2), "", "")][:3]
    return Source(document, article or None, dates or None)


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:48].rstrip("-")
