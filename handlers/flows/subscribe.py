"""Agreeing to be told things: each purpose by one tap, all, or none; changed at any time.

Commune and household are asked for as well, and nothing hangs on them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from handlers import consent_texts, consents, places
from handlers.consents import CATEGORIES, FLOW, Purpose
from handlers.delivery_texts import CHANNEL_NAMES
from handlers.messages import Button, Outbound
from handlers.turn import Press, Replies, Step, Turn, button
from storage import consents as rows
from storage import identities, people

__all__ = ["FLOW", "press", "show"]

_COMMUNE: Final = "commune"  # the dialogue that hears the name of one
_GIVE: Final[Mapping[Purpose, str]] = MappingProxyType(
    {
        Purpose.EVENTS: consent_texts.BUTTON_EVENTS,
        Purpose.NEWS: consent_texts.BUTTON_NEWS,
        Purpose.SURVEYS: consent_texts.BUTTON_SURVEYS,
    }
)
_TAKE: Final[Mapping[Purpose, str]] = MappingProxyType(
    {
        Purpose.EVENTS: consent_texts.BUTTON_NO_EVENTS,
        Purpose.NEWS: consent_texts.BUTTON_NO_NEWS,
        Purpose.SURVEYS: consent_texts.BUTTON_NO_SURVEYS,
    }
)


def show(turn: Turn) -> Replies:
    """Ask, with what holds now; whoever had stopped everything is told again what they asked for."""
    tx, person = turn.tx, turn.person
    given = consents.given(tx, person.resident_id, person.address_id)
    text = consent_texts.asked(given)
    reach = people.find_reach(tx, person.address_id)
    if reach is not None and reach.stopped_at is not None:
        rows.resume(tx, person.resident_id)
        text = f"{consent_texts.RESUMED}\n\n{text}"
    return [Outbound(text, (*_choices(given), *_more(turn)))]


def press(turn: Turn, press: Press) -> Replies | None:
    """Answer a press of one of our buttons; None for one that is not ours (any more)."""
    match press.action:
        case "show":
            return show(turn)
        case "give":
            return _changed(turn, *_purposes(press), agree=True)
        case "take":
            return _changed(turn, *_purposes(press), agree=False)
        case "refuse":
            return [Outbound(consent_texts.OFFER_REFUSED)]
        case "household":
            return [Outbound(consent_texts.ASK_CATEGORY, _categories())]
        case "category":
            return _set_category(turn, press)
        case "where":
            return [Outbound(consent_texts.ASK_CHANNEL, _channels(turn))]
        case "channel":
            return _set_channel(turn, press)
    return None


def _purposes(press: Press) -> tuple[Purpose, ...]:
    said = press.arguments[0] if press.arguments else ""
    return tuple(purpose for purpose in Purpose if said in (purpose, "all"))


def _changed(turn: Turn, *purposes: Purpose, agree: bool) -> Replies | None:
    if not purposes:
        return None
    tx, person, channel = turn.tx, turn.person, turn.inbound.address.channel
    if agree:
        consents.give(tx, person, purposes, channel, turn.now)
    else:
        consents.take_back(tx, person.resident_id, purposes, channel, turn.now)
    given = consents.given(tx, person.resident_id, person.address_id)
    told = Outbound(consent_texts.receiving(given), (*_choices(given), *_more(turn)) if given else ())
    # Asked once, after the first yes: the next taps find it asked already.
    if not agree or turn.person.commune_code is not None or turn.step.flow is not None:
        return [told]
    asked = places.ask(_COMMUNE, consent_texts.ASK_COMMUNE)
    turn.step = Step(_COMMUNE, asked.step)
    return [told, asked.reply]


def _choices(given: frozenset[Purpose]) -> tuple[Button, ...]:
    each = [
        button(_TAKE[purpose], FLOW, "take", purpose)
        if purpose in given
        else button(_GIVE[purpose], FLOW, "give", purpose)
        for purpose in Purpose
    ]
    every = [button(consent_texts.BUTTON_ALL, FLOW, "give", "all")] if len(given) < len(Purpose) else []
    return (*each, *every, button(consent_texts.BUTTON_NONE, FLOW, "take", "all"))


def _more(turn: Turn) -> tuple[Button, ...]:
    where = [button(consent_texts.BUTTON_CHANNEL, FLOW, "where")] if len(_own_channels(turn)) > 1 else []
    return (*where, button(consent_texts.BUTTON_CATEGORY, FLOW, "household"))


def _categories() -> tuple[Button, ...]:
    each = (button(label, FLOW, "category", name) for name, label in CATEGORIES.items())
    return (*each, button(consent_texts.BUTTON_NO_CATEGORY, FLOW, "category", "none"))


def _set_category(turn: Turn, press: Press) -> Replies | None:
    said = press.arguments[0] if press.arguments else ""
    if said not in (*CATEGORIES, "none"):
        return None
    identities.set_category(turn.tx, turn.person.resident_id, said if said in CATEGORIES else None)
    kept = said in CATEGORIES
    return [Outbound(consent_texts.CATEGORY_KEPT if kept else consent_texts.CATEGORY_FORGOTTEN)]


def _own_channels(turn: Turn) -> list[str]:
    return people.list_channels(turn.tx, turn.person.resident_id)


def _channels(turn: Turn) -> tuple[Button, ...]:
    each = (button(CHANNEL_NAMES.get(c, c), FLOW, "channel", c) for c in _own_channels(turn))
    return (*each, button(consent_texts.BUTTON_LAST_CHANNEL, FLOW, "channel", "last"))


def _set_channel(turn: Turn, press: Press) -> Replies | None:
    said = press.arguments[0] if press.arguments else ""
    if said not in (*_own_channels(turn), "last"):
        return None
    last = said == "last"
    people.prefer_channel(turn.tx, turn.person.resident_id, None if last else said)
    name = consent_texts.BUTTON_LAST_CHANNEL.lower() if last else CHANNEL_NAMES.get(said, said)
    return [Outbound(consent_texts.CHANNEL_KEPT.format(channel=name))]
