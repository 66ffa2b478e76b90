"""Asking where somebody lives, shared by the dialogues that need to know: by name, new or former, or by buttons.

What is asked back has buttons that come to the dialogue that asks (`flow`), under the actions `press` knows. Nothing
is kept here: whoever asks decides what a chosen commune is for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from faq.text import fold
from handlers import texts
from handlers.areas import Area, Found
from handlers.messages import Button, Outbound
from handlers.turn import Guide, Press, button

PAGE: Final = 8  # buttons of a list at once; a phone shows about so many without scrolling
LONGEST_PLACE_WORDS: Final = 16  # "tôi ở thôn 3, xã Hồng Phong, huyện Ninh Giang, tỉnh Hải Dương cũ ạ"
NAME, DISTRICTS, DISTRICT = "name", "districts", "district"
STEPS: Final = frozenset((NAME, DISTRICTS, DISTRICT))
"""Where asking for a commune can stand."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked next, and the step that leads to."""

    step: str
    reply: Outbound


@dataclass(frozen=True, slots=True)
class Chosen:
    """The commune that was named. `former`: by which former name; `district`: may have been meant instead."""

    area: Area
    former: str | None = None
    district: Area | None = None


def look_up(text: str, guide: Guide) -> Found:
    """Find the place a text names; nothing for a text that is too long to be only a place."""
    return guide.areas.look_up(text) if len(fold(text).split()) <= LONGEST_PLACE_WORDS else Found()


def ask(flow: str, text: str = texts.COMMUNE_ASK) -> Asked:
    """Ask for the name, and offer the way by buttons."""
    return Asked(NAME, Outbound(text, ways_out(flow)))


def hear(flow: str, found: Found, guide: Guide) -> Asked | Chosen | None:
    """Take what was found of a typed name; None when nothing fits surely."""
    if not found.sure:
        return _district(flow, found.district, 0, guide) if found.district is not None else None
    if len(found.sure) == 1:
        return Chosen(found.sure[0], found.former, found.district)
    line, other = "", list[Button]()
    if found.district is not None:
        line = "\n" + or_district(found.district)
        other = [other_place(flow, found.district)]
    return Asked(
        NAME,
        Outbound(texts.COMMUNE_WHICH + line, (*_list(flow, found.sure[:PAGE]), *other, *ways_out(flow))),
    )


def near(flow: str, found: Found) -> Asked:
    """Offer what is spelled almost so."""
    return Asked(NAME, Outbound(texts.COMMUNE_NEAR, (*_list(flow, found.near), *ways_out(flow))))


def press(flow: str, press: Press, step: str | None, guide: Guide) -> Asked | Chosen | None:
    """Answer a press of one of these buttons; None for what is none of them."""
    match press.action:
        case "set":
            area = guide.areas.find(press.arguments[0]) if press.arguments else None
            return Chosen(area) if area is not None and area.level == "commune" else None
        case "back":
            return back(flow, step, guide) or ask(flow)
        case "districts":
            return _districts(flow, guide, press.number(0) or 0)
        case "district":
            code = press.arguments[0] if press.arguments else ""
            district = next((d for d in guide.areas.districts if d.code == code), None)
            return _district(flow, district, press.number(1) or 0, guide) if district else None
    return None


def back(flow: str, step: str | None, guide: Guide) -> Asked | None:
    """Go one step back; None when that leads out of asking for a place."""
    match step:
        case "district":
            return _districts(flow, guide, 0)
        case "districts":
            return ask(flow)
    return None


def which(flow: str, chosen: Chosen) -> Outbound:
    """Ask whether the commune or the former district of that name is meant, where one has to know."""
    other = [other_place(flow, chosen.district)] if chosen.district else []
    return Outbound(texts.COMMUNE_WHICH, (*_list(flow, [chosen.area]), *other, *ways_out(flow)))


def or_district(district: Area) -> str:
    """Say that the former district may have been meant."""
    return texts.COMMUNE_OR_DISTRICT.format(district=district.spoken)


def other_place(flow: str, district: Area) -> Button:
    """Return the button that leads to the communes of a former district."""
    return button(texts.BUTTON_OTHER_PLACE, flow, "district", district.code, 0)


def ways_out(flow: str) -> tuple[Button, ...]:
    """Return the buttons for whoever names nothing."""
    return (
        button(texts.BUTTON_BY_DISTRICT, flow, "districts", 0),
        button(texts.BUTTON_SKIP, flow, "skip"),
    )


def _districts(flow: str, guide: Guide, page: int) -> Asked:
    buttons = [button(d.name, flow, "district", d.code, 0) for d in guide.areas.districts]
    return Asked(DISTRICTS, Outbound(texts.COMMUNE_DISTRICT, _page(flow, buttons, page, "districts")))


def _district(flow: str, district: Area, page: int, guide: Guide) -> Asked:
    buttons = _list(flow, guide.areas.communes_of(district.code))
    text = texts.COMMUNE_OF.format(district=district.spoken)
    return Asked(DISTRICT, Outbound(text, _page(flow, buttons, page, "district", district.code)))


def _page(
    flow: str, buttons: Sequence[Button], page: int, action: str, *arguments: str
) -> tuple[Button, ...]:
    """Show one page; "next" goes round to the first again."""
    pages = max(1, -(-len(buttons) // PAGE))
    shown = buttons[(page % pages) * PAGE :][:PAGE]
    more = [button(texts.BUTTON_NEXT, flow, action, *arguments, (page + 1) % pages)] if pages > 1 else []
    return (*shown, *more, button(texts.BUTTON_BACK, flow, "back"))


def _list(flow: str, areas: Sequence[Area]) -> list[Button]:
    return [button(area.name, flow, "set", area.code) for area in areas]


def read_way(typed: str) -> str | None:
    """Return the action that folded words mean, for who types a button's words, as people do where none show."""
    return _TYPED.get(typed)


_TYPED = {
    fold(texts.BUTTON_SKIP): "skip",
    **dict.fromkeys(("khong", "khong chon", "khong can", "khong nho", "khong biet"), "skip"),
    fold(texts.BUTTON_BY_DISTRICT): "districts",
}
