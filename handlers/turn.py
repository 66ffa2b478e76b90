"""One turn of a conversation, as the dialogues see it: who spoke, what was read, where things stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from faq import Hit, Match
from faq.signals import Intent, Signals, Urgency
from handlers import case_kinds
from handlers.areas import AreaBook
from handlers.commands import Command
from handlers.deadlines import Deadlines
from handlers.messages import Button, Outbound
from handlers.secrets import Masked
from handlers.sending_rules import SendingRules
from handlers.topics import Library
from storage.db import Tx
from storage.people import Person

PAYLOAD_VERSION = "1"
MAX_PAYLOAD_BYTES = 64  # Telegram's callback_data (Bot API); the smallest of all channels


@dataclass(frozen=True, slots=True)
class Guide:
    """What the conversation knows of the world. `new_code` makes a case's code: the only chance in a turn.

    `public_url`: of our pages, without a slash at its end; empty: no button leads there. `sending`: when people may be
    disturbed by what they did not just ask for; None: at any hour.
    """

    library: Library
    areas: AreaBook
    signals: Signals
    province: str
    keep_days: int
    deadlines: Deadlines
    kinds: case_kinds.Table
    new_code: Callable[[], str]
    public_url: str = ""
    sending: SendingRules | None = None

    @property
    def rules(self) -> SendingRules:
        """Return when people may be disturbed."""
        return self.sending or SendingRules(self.deadlines.calendar.zone, quiet=None)

    def pinned(self) -> "Guide":
        """Return what a whole turn goes by: topics that change meanwhile change for the next one."""
        return replace(self, library=self.library.pinned())


@dataclass(frozen=True, slots=True)
class Reading:
    """How a message is taken, decided before the transaction: pure and, for a long story, a few milliseconds.

    `urgent`: what help is needed for, now. `command`: the word understood anywhere that it is. `begins`: the dialogue
    that it opens by itself. `intent`: what it is taken for besides. `answered`: the topics that surely answer it, in
    the order asked. `offered`: ids of at most three topics that may be meant. `states`: nothing is asked in so many
    words, so that it may as well be told for an official to hear. `is_plain_wish`: nobody means it as an answer to a
    question of ours, however short it is.
    """

    day: date
    match: Match
    command: Command | None = None
    urgent: Urgency | None = None
    begins: str | None = None
    intent: Intent = Intent.QUESTION
    answered: tuple[Hit, ...] = ()
    offered: tuple[str, ...] = ()
    states: bool = False
    is_plain_wish: bool = False


@dataclass(slots=True)
class Step:
    """Where the dialogue with a person stands. Survives restarts; an unknown flow or step is simply left."""

    flow: str | None = None
    name: str | None = None
    data: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Turn:
    """What a flow is given. It may change `step` and `kept`; everything else is to be read.

    Only erasing puts another `person` there (whoever hears that it was done is a stranger), and linking chats.

    `kept`: small things that outlive a dialogue, each under a name of its own: how often in this hour, what was said.
    """

    tx: Tx
    person: Person
    inbound: Masked
    message_id: int
    reading: Reading
    guide: Guide
    step: Step
    now: datetime
    kept: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed: the flow it belongs to, what it asks for, with what."""

    flow: str
    action: str
    arguments: tuple[str, ...]

    def number(self, place: int) -> int | None:
        """Return an argument as a number; None if it is missing or none (any client can send anything)."""
        value = self.arguments[place] if place < len(self.arguments) else ""
        return int(value) if value.isascii() and value.isdigit() and len(value) < 18 else None


def button(label: str, flow: str, action: str, *arguments: object) -> Button:
    """Make a button whose press comes back to `flow`. Too long a payload is a bug: ValueError."""
    payload = ":".join((PAYLOAD_VERSION, flow, action, *map(str, arguments)))
    if len(payload.encode()) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"payload over {MAX_PAYLOAD_BYTES} bytes: {payload}")
    return Button(label, payload, None)


def parse_press(payload: str) -> Press | None:
    """Read a payload; None for one of another version or of nobody's making."""
    version, *rest = payload.split(":")
    if version != PAYLOAD_VERSION or len(rest) < 2:
        return None
    return Press(rest[0], rest[1], tuple(rest[2:]))


def load_step(state: Mapping[str, object]) -> Step:
    """Read a stored state; a state of another version starts afresh rather than being misread."""
    flow, name, data = state.get("flow"), state.get("step"), state.get("data")
    if state.get("version") != 1 or not isinstance(flow, str) or not isinstance(data, dict):
        return Step()
    return Step(flow, name if isinstance(name, str) else None, data)


def dump_step(step: Step) -> dict[str, object]:
    """Return what `load_step` reads."""
    return {"version": 1, "flow": step.flow, "step": step.name, "data": step.data}


def load_kept(state: Mapping[str, object]) -> dict[str, object]:
    """Return what outlives a dialogue, of a stored state."""
    kept = state.get("kept")
    return dict(kept) if isinstance(kept, dict) else {}


Replies = list[Outbound]
