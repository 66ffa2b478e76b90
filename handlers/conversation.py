"""One turn: what came in, in one transaction, becomes what is stored and what is to be said.

Nothing here sends. A turn that raises leaves no trace; `apologise` then remembers that it came.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from faq.signals import Intent
from handlers import (
    files,
    labels,
    pace,
    texts,
    understanding,
    urgent_notices,
    urgent_texts,
    waiting,
    wordless,
)
from handlers.commands import Command
from handlers.dialogue_table import FLOWS, HEARING, INTENTS, OWN_WORDS, RESUMED, TAKING, WORDS
from handlers.flows import ask, attendance, benefits, feedback, human, menu, official, rsvp, stop, verify
from handlers.messages import Outbound
from handlers.secrets import Masked
from handlers.turn import Guide, Press, Reading, Replies, Turn, dump_step, load_kept, load_step, parse_press
from storage import arrivals, conversations, intake, messages, outbox, people
from storage.db import Tx
from storage.messages import Message
from storage.outbox import Delivery, Lane, Lease
from storage.people import Person

_CONFIRMED: Final = frozenset((Intent.STOP, Intent.ERASE))  # by a button: nothing else is asked beside


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
    """What became of an inbound message. `replies` in order; `deliveries` are held by the carrier's lease.

    `message_id`: as it was stored; who had themselves erased with it left nothing behind under that id.
    """

    fresh: bool
    address_id: int | None
    message_id: int | None
    replies: tuple[Message, ...]
    deliveries: tuple[Delivery, ...]


def read(inbound: Masked, guide: Guide, now: datetime, zone: ZoneInfo) -> Reading:
    """Understand a message before its transaction: pure, no database."""
    return understanding.read(inbound.told, guide, now.astimezone(zone).date())


def receive(
    tx: Tx,
    inbound: Masked,
    reading: Reading,
    guide: Guide,
    carrier: Carrier,
    now: datetime,
    arrival: int | None = None,
) -> Receipt:
    """Take a message once: run the turn, save state, facts and replies. Called by the edge, which commits.

    Args: arrival: under which it was stored before (`handlers.arrivals`); None: it was not.
    """
    inbound_id = _take(tx, inbound, "done", now, arrival)
    if inbound_id is None:
        return _taken_before(tx, inbound)
    person = people.meet(tx, inbound.address.channel, inbound.address.value, now)
    message_id, refused = _store_in(tx, inbound, reading, person, inbound_id, now)
    step, remembered = load_step(person.state), load_kept(person.state)
    turn = Turn(tx, person, inbound, message_id, reading, guide, step, now, remembered)
    kept, count = pace.count(person.state.get("pace"), now)
    replies = [*_reply(turn), *refused] if count <= pace.LIMIT else _withhold(turn, count)
    state = dump_step(turn.step) | {"pace": kept, "kept": turn.kept}
    person = turn.person  # another one, when they had themselves erased in this turn
    if reading.urgent is None:
        # Nothing old goes in front of whoever calls for help; it is given with the next message.
        replies += waiting.give(
            tx, person.resident_id, person.address_id, inbound.address.channel, guide.rules, now
        )
    conversations.save(tx, person.address_id, person.revision, state, now)
    return _store(tx, inbound, person, inbound_id, message_id, replies, carrier, now)


def apologise(
    tx: Tx,
    inbound: Masked,
    reading: Reading | None,
    carrier: Carrier,
    now: datetime,
    arrival: int | None = None,
) -> Receipt:
    """Remember a message whose turn failed, as failed, and say sorry; the dialogue stays where it was.

    Args: reading: None if it was the reading that failed. Whom to call is said all the same.
    """
    inbound_id = _take(tx, inbound, "failed", now, arrival)
    if inbound_id is None:
        return _taken_before(tx, inbound)
    person = people.meet(tx, inbound.address.channel, inbound.address.value, now)
    message_id, refused = _store_in(tx, inbound, reading, person, inbound_id, now)
    replies = [*_call(reading), Outbound(texts.TROUBLE), *refused]
    return _store(tx, inbound, person, inbound_id, message_id, replies, carrier, now)


def _take(tx: Tx, inbound: Masked, outcome: str, now: datetime, arrival: int | None) -> int | None:
    """Return the id of what came, for its one turn; None when it had it."""
    if arrival is not None:
        return arrivals.take_up(tx, arrival, outcome)
    return intake.take(tx, inbound.address.channel, inbound.external_id, outcome, now)


def _taken_before(tx: Tx, inbound: Masked) -> Receipt:
    """Return what was answered the first time, with no effect and nothing to send."""
    inbound_id = intake.find(tx, inbound.address.channel, inbound.external_id)
    address_id = people.find_address(tx, inbound.address.channel, inbound.address.value)
    replies = (
        messages.list_replies(tx, inbound_id, address_id)
        if inbound_id is not None and address_id is not None
        else []
    )
    return Receipt(False, address_id, None, tuple(replies), ())


def _store_in(
    tx: Tx, inbound: Masked, reading: Reading | None, person: Person, inbound_id: int, now: datetime
) -> tuple[int, Replies]:
    """Store what was said, with what came along; returns the message's id, and why some of it is not taken."""
    text = inbound.text
    if inbound.payload is not None and not text:
        # Whoever reads the conversation later sees what the person saw: the button's words.
        text = messages.find_label(tx, person.address_id, inbound.payload) or ""
    read = reading if inbound.told else None  # of a press and of a photo nothing was read
    message_id = messages.add_in(
        tx,
        person.address_id,
        inbound_id,
        text,
        inbound.payload,
        now,
        intent=read.intent.value if read else None,
        urgent=read.urgent.value if read and read.urgent else None,
    )
    refused = files.take(tx, inbound.address.channel, inbound.files, person.address_id, message_id, now)
    return message_id, [Outbound(sentence) for sentence in refused]


def _call(reading: Reading | None) -> Replies:
    """Say whom to call, where help is needed now."""
    return [Outbound(urgent_texts.CALL[reading.urgent])] if reading and reading.urgent else []


def _withhold(turn: Turn, count: int) -> Replies:
    """Leave a message over the limit unanswered, and say so once; whom to call is always said."""
    slow_down = [Outbound(texts.TOO_FAST)] if count == pace.LIMIT + 1 else []
    return [*_call(turn.reading), *slow_down]


def _reply(turn: Turn) -> Replies:
    hidden = [Outbound(texts.HIDDEN)] if turn.inbound.hides else []
    if (answered := official.at_work(turn)) is not None:
        return [*hidden, *answered]
    if turn.reading.urgent is not None:
        urgent_notices.tell(turn, turn.reading.urgent)
        passed = human.pass_on(turn) or []
        return [*_call(turn.reading), *hidden, *_beside_a_cry(turn), *passed]
    if (passed_on := human.pass_on(turn)) is not None:
        # The official reads it too, and can stop and erase nothing from where they write: asked back by the machine.
        wants_out = turn.reading.intent in _CONFIRMED
        return [*hidden, *passed_on, *(INTENTS[turn.reading.intent](turn) if wants_out else ())]
    if not turn.person.greeted:
        people.mark_greeted(turn.tx, turn.person.resident_id, turn.now)
        hidden.insert(0, menu.greet(turn))
        if _only_says_hello(turn):
            return [*hidden, *menu.take_area(turn)]
    # A message that was nothing but a secret is no question for an official.
    return hidden if turn.inbound.hides and not turn.inbound.told else hidden + _answer(turn)


def _beside_a_cry(turn: Turn) -> Replies:
    """Answer what else a cry for help surely says; who we are is told another time.

    The dialogue under way neither ends with it nor takes it for an answer, unless it is word for word one of its
    buttons, or what was to be told to the officials.
    """
    if turn.inbound.payload is not None:
        return _answer(turn)
    if (checked := verify.recognise(turn)) is not None:
        return checked
    if (turn.step.flow, turn.step.name) == (feedback.FLOW, feedback.TELL):
        return [*ask.tell(turn), *(feedback.hear(turn) or [])]
    named = benefits.hear(turn) if turn.step.flow == benefits.FLOW else None
    return named or ask.tell(turn)


def _only_says_hello(turn: Turn) -> bool:
    press = parse_press(turn.inbound.payload) if turn.inbound.payload is not None else None
    if press is not None:
        return (press.flow, press.action) == (menu.FLOW, "start")
    greetings = (Command.HELLO, Command.MENU, Command.HELP, Command.THANKS, Command.BACK)
    return turn.reading.command in greetings


def _answer(turn: Turn) -> Replies:
    if turn.inbound.payload is not None:
        replies = _press(turn, parse_press(turn.inbound.payload))
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
    return wordless.answer(turn)


def _press(turn: Turn, press: Press | None) -> Replies | None:
    flow = FLOWS.get(press.flow) if press else None
    replies: Replies | None = flow.press(turn, press) if flow else None
    return replies


def _hear(turn: Turn) -> Replies:
    """Let the dialogue under way hear first, then what opens one by itself; else it is a question or a wish."""
    # Before anything else that takes six signs for a code: it names a room in which the person stands now.
    if (counted := attendance.overhear(turn)) is not None:
        return counted
    under_way, begins = turn.step.flow, turn.reading.begins
    replies: Replies | None = FLOWS[under_way].hear(turn) if under_way and under_way in HEARING else None
    if replies:
        return replies
    # A message of ours, or a copy of one, is about what we announced, whatever else its words are like.
    replies = verify.recognise(turn)
    if not replies and begins and begins != under_way:
        replies = FLOWS[begins].hear(turn)
    replies = replies or rsvp.overhear(turn) or _press(turn, labels.find(turn))
    if not replies:
        nothing = ask.says_nothing(turn.inbound.text)
        replies = (
            [Outbound(texts.EMPTY)] if nothing else [*verify.warn(turn), *INTENTS[turn.reading.intent](turn)]
        )
    if under_way == turn.step.flow and under_way in RESUMED and turn.reading.intent not in _CONFIRMED:
        # What was said in the middle of many questions is answered, and what was asked is asked again.
        replies = [*replies, *FLOWS[under_way].resume(turn)]
    return replies


def _obey(turn: Turn, command: Command) -> Replies:
    if command is Command.BACK and turn.step.flow is not None and turn.step.flow in HEARING:
        return FLOWS[turn.step.flow].back(turn) or menu.show(turn)
    own = OWN_WORDS.get((turn.step.flow, command)) if turn.step.flow is not None else None
    if command in stop.COMMANDS:
        left = own(turn) if own is not None and not stop.is_of_news(turn) else None
        return stop.leave(turn, left) if left else stop.obey(turn, command)
    if command in WORDS:
        return WORDS[command](turn)
    return (own(turn) if own is not None else None) or menu.obey(turn, command)


def _store(
    tx: Tx,
    inbound: Masked,
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
    # A platform's clock may be ahead of ours; a window that ends too late would mean refused calls.
    people.hear(tx, channel, inbound.address.value, min(inbound.at, now))
    for reply in (part for message in replies for part in carrier.shape(message)):
        reply_id = messages.add_out(
            tx, person.address_id, inbound_id, reply.text, reply.buttons, now, reply.contact_request
        )
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
                contact_request=reply.contact_request,
            )
        )
    return Receipt(True, person.address_id, message_id, tuple(stored), tuple(deliveries))
