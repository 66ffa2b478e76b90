"""One turn: what came in, in one transaction, becomes what is stored and what is to be said.

Nothing here sends. A turn that raises leaves no trace; `apologise` then remembers that it came.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import ModuleType
from zoneinfo import ZoneInfo

from handlers import file_texts, files, secrets, texts
from handlers.commands import Command, read_command
from handlers.flows import ask, benefits, commune, menu, selfcheck
from handlers.messages import Inbound, Outbound
from handlers.turn import Guide, Reading, Replies, Turn, button, dump_step, load_step, parse_press
from storage import conversations, messages, outbox, people
from storage import files as stored_files
from storage.db import Tx
from storage.messages import Message
from storage.outbox import Delivery, Lane, Lease
from storage.people import Person

FLOWS: dict[str, ModuleType] = {flow.FLOW: flow for flow in (ask, benefits, commune, menu, selfcheck)}
# In this order, but for the dialogue under way, which hears first.
LISTENERS: tuple[ModuleType, ...] = (selfcheck, benefits, commune, ask)
RESUMED = (selfcheck.FLOW, benefits.FLOW)  # dialogues that ask again after a question in the middle
FEEDBACK = "feedback"
ASKED_LATELY = timedelta(minutes=2)
TAKING: frozenset[str] = frozenset()  # dialogues whose `hear` also takes files and a place, without a word
READ_CHARS = 1500  # of a longer message, what is understood; all of it is stored
PACE_LIMIT = 60  # messages a minute from one address that are answered; more are stored without an answer
PACE_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Carrier:
    """How the replies of a turn leave.

    `shape` cuts a message to what the channel carries. `fetched`: browsers fetch by themselves. Otherwise
    `lease` is this process's hold on the new deliveries; None leaves them to whoever claims them.
    """

    shape: Callable[[Outbound], list[Outbound]]
    lease: Lease | None = None
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an inbound message. `replies` in order; `deliveries` are held by the carrier's lease."""

    fresh: bool
    address_id: int | None
    message_id: int | None
    replies: tuple[Message, ...]
    deliveries: tuple[Delivery, ...]


def read(inbound: Inbound, guide: Guide, now: datetime, zone: ZoneInfo) -> Reading:
    """Understand a message before its transaction: pure, no database."""
    day = now.astimezone(zone).date()
    text = secrets.without_masks(_masked(inbound).text)[:READ_CHARS]
    command = read_command(text) if text else None
    return Reading(day, command, guide.library.matcher.match(text, day), guide.library.several(text, day))


def receive(
    tx: Tx, inbound: Inbound, reading: Reading, guide: Guide, carrier: Carrier, now: datetime
) -> Receipt:
    """Take a message once: run the turn, save state, facts and replies. Called by the edge, which commits."""
    inbound = _masked(inbound)
    inbound_id = messages.take(tx, inbound.address.channel, inbound.external_id, "done", now)
    if inbound_id is None:
        return _taken_before(tx, inbound)
    person = people.meet(tx, inbound.address.channel, inbound.address.value, now)
    message_id, refused = _store_in(tx, inbound, person, inbound_id, now)
    turn = Turn(tx, person, inbound, message_id, reading, guide, load_step(person.state), now)
    pace, too_fast = _pace(person, now)
    replies = _slow_down(pace) if too_fast else [*refused, *_reply(turn)]
    state = dump_step(turn.step) | {"pace": pace}
    conversations.save(tx, person.address_id, person.revision, state, now)
    return _store(tx, inbound, person, inbound_id, message_id, replies, carrier, now)


def apologise(tx: Tx, inbound: Inbound, carrier: Carrier, now: datetime) -> Receipt:
    """Remember a message whose turn failed, as failed, and say sorry; the dialogue stays where it was."""
    inbound = _masked(inbound)
    inbound_id = messages.take(tx, inbound.address.channel, inbound.external_id, "failed", now)
    if inbound_id is None:
        return _taken_before(tx, inbound)
    person = people.meet(tx, inbound.address.channel, inbound.address.value, now)
    message_id, refused = _store_in(tx, inbound, person, inbound_id, now)
    replies = [*refused, Outbound(texts.TROUBLE)]
    return _store(tx, inbound, person, inbound_id, message_id, replies, carrier, now)


def _masked(inbound: Inbound) -> Inbound:
    """Strike out secrets before anything else sees the text: nothing below stores, matches or logs them."""
    return replace(inbound, text=secrets.mask(inbound.text))


def _taken_before(tx: Tx, inbound: Inbound) -> Receipt:
    """Return what was answered the first time, with no effect and nothing to send."""
    inbound_id = messages.find_taken(tx, inbound.address.channel, inbound.external_id)
    address_id = people.find_address(tx, inbound.address.channel, inbound.address.value)
    replies = (
        messages.list_replies(tx, inbound_id, address_id)
        if inbound_id is not None and address_id is not None
        else []
    )
    return Receipt(False, address_id, None, tuple(replies), ())


def _store_in(
    tx: Tx, inbound: Inbound, person: Person, inbound_id: int, now: datetime
) -> tuple[int, Replies]:
    """Store what was said, with what came along; returns the message's id, and why some of it is not taken."""
    text = inbound.text
    if inbound.payload is not None and not text:
        # Whoever reads the conversation later sees what the person saw: the button's words.
        text = messages.find_label(tx, person.address_id, inbound.payload) or ""
    message_id = messages.add_in(tx, person.address_id, inbound_id, text, inbound.payload, now)
    refused = files.take(tx, inbound.address.channel, inbound.files, person.address_id, message_id, now)
    return message_id, [Outbound(sentence) for sentence in refused]


def _reply(turn: Turn) -> Replies:
    text = turn.inbound.text
    first: Replies = [Outbound(texts.HIDDEN)] if secrets.is_masked(text) else []
    if not turn.person.greeted:
        people.mark_greeted(turn.tx, turn.person.resident_id, turn.now)
        first.insert(0, menu.greet(turn))
        if _only_says_hello(turn):
            return first
    # A message that was nothing but a secret is no question for an official.
    return first if text and not secrets.without_masks(text) else first + _answer(turn)


def _only_says_hello(turn: Turn) -> bool:
    press = parse_press(turn.inbound.payload) if turn.inbound.payload is not None else None
    if press is not None:
        return (press.flow, press.action) == (menu.FLOW, "start")
    greetings = (Command.HELLO, Command.MENU, Command.HELP, Command.THANKS, Command.BACK)
    return turn.reading.command in greetings


def _answer(turn: Turn) -> Replies:
    if turn.inbound.payload is not None:
        press = parse_press(turn.inbound.payload)
        flow = FLOWS.get(press.flow) if press else None
        replies: Replies | None = flow.press(turn, press) if flow else None
        return replies if replies is not None else [Outbound(texts.OLD_BUTTON), *menu.show(turn)]
    if not turn.inbound.text:
        return _take_things(turn)
    if turn.reading.command is not None:
        return _obey(turn, turn.reading.command)
    return _hear(turn)


def _take_things(turn: Turn) -> Replies:
    """Answer what came without a word: the dialogue under way may have asked for it."""
    under_way = turn.step.flow
    if under_way in TAKING and (taken := FLOWS[under_way].hear(turn)):
        replies: Replies = taken
        return replies
    if turn.inbound.files:
        return _ask_about_files(turn)
    if turn.inbound.place is not None:
        return [Outbound(file_texts.PLACE)]
    return [Outbound(file_texts.OTHER if turn.inbound.other else texts.EMPTY)]


def _ask_about_files(turn: Turn) -> Replies:
    rows = stored_files.list_of_messages(turn.tx, [turn.message_id])
    if not any(row.status in ("stored", "wanted") for row in rows):
        return []  # why none is taken was said
    tell = FEEDBACK in FLOWS
    sentence = file_texts.KEPT_OFFER if tell else file_texts.KEPT
    # The pictures of an album come as messages of their own: it is asked once what they are about.
    last = [m for m in messages.list_history(turn.tx, turn.person.address_id, 0, 3) if m.direction == "out"]
    if last and last[-1].text == sentence and turn.now - last[-1].at < ASKED_LATELY:
        return []
    return [Outbound(sentence, (button(file_texts.BUTTON_TELL, FEEDBACK, "start"),) if tell else ())]


def _hear(turn: Turn) -> Replies:
    """Let the dialogue under way hear first; then a commune's name is understood, and anything else is a question."""
    under_way = turn.step.flow
    for flow in sorted(LISTENERS, key=lambda flow: under_way != flow.FLOW):
        heard: Replies | None = flow.hear(turn)
        if heard:
            # A question in the middle of many is answered, and what was asked is asked again.
            asked_in_between = flow.FLOW != under_way == turn.step.flow and under_way in RESUMED
            return [*heard, *FLOWS[under_way].resume(turn)] if asked_in_between and under_way else heard
    return menu.show(turn)


def _obey(turn: Turn, command: Command) -> Replies:
    if command is Command.COMMUNE:
        return commune.ask(turn)
    if command is Command.BACK and turn.step.flow in (commune.FLOW, *RESUMED):
        return FLOWS[turn.step.flow].back(turn) or menu.show(turn)
    if command is Command.THANKS and turn.step.flow == selfcheck.FLOW:
        # "Vâng" and "đúng rồi" are answers there.
        return selfcheck.hear(turn) or menu.obey(turn, command)
    return menu.obey(turn, command)


def _pace(person: Person, now: datetime) -> tuple[list[object], bool]:
    """Count messages a minute in the conversation's own state; returns it, and whether it is over the limit."""
    since, count = _kept_pace(person.state.get("pace"))
    # A clock that stepped back must not silence anybody for longer than the window.
    if since is not None and timedelta(0) <= now - since < PACE_WINDOW:
        return [since.isoformat(), count + 1], count + 1 > PACE_LIMIT
    return [now.isoformat(), 1], False


def _kept_pace(kept: object) -> tuple[datetime | None, int]:
    """Read a stored count; one of another shape is as good as none."""
    match kept:
        case [str() as since, int() as count]:
            try:
                at = datetime.fromisoformat(since)
            except ValueError:
                return None, 0
            return (at, count) if at.tzinfo else (None, 0)
    return None, 0


def _slow_down(pace: list[object]) -> Replies:
    return [Outbound(texts.TOO_FAST)] if pace[1] == PACE_LIMIT + 1 else []


def _store(
    tx: Tx,
    inbound: Inbound,
    person: Person,
    inbound_id: int,
    message_id: int,
    replies: Replies,
    carrier: Carrier,
    now: datetime,
) -> Receipt:
    stored: list[Message] = []
    deliveries: list[Delivery] = []
    channel = inbound.address.channel
    for reply in (part for message in replies for part in carrier.shape(message)):
        reply_id = messages.add_out(tx, person.address_id, inbound_id, reply.text, reply.buttons, now)
        stored.append(Message(reply_id, "out", reply.text, None, reply.buttons, now))
        if carrier.fetched:
            outbox.add_waiting(tx, reply_id, person.address_id, channel, Lane.REPLY, now)
            continue
        delivery_id = outbox.add(tx, reply_id, person.address_id, channel, Lane.REPLY, now, carrier.lease)
        if carrier.lease is None:
            continue
        deliveries.append(
            Delivery(
                delivery_id,
                reply_id,
                person.address_id,
                inbound.address.value,
                Lane.REPLY,
                reply.text,
                reply.buttons,
                repeated=False,
                attempts=0,
            )
        )
    return Receipt(True, person.address_id, message_id, tuple(stored), tuple(deliveries))
