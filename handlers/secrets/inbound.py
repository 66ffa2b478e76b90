"""A message without its secrets: the only kind that is read, stored or logged."""

from dataclasses import InitVar, dataclass, field
from datetime import datetime

from handlers.messages import Address, Contact, Inbound, IncomingFile
from handlers.secrets.masking import mask, without_masks


@dataclass(frozen=True, slots=True)
class Masked:
    """An inbound message with its secrets struck out; to make one is to strike them out, once.

    Whatever reads or stores a message asks for this type, so that nobody can forget to. `told`: what the text says
    besides its masks; "" when nothing else was typed.
    """

    inbound: InitVar[Inbound]
    address: Address = field(init=False)
    external_id: str = field(init=False)
    at: datetime = field(init=False)
    text: str = field(init=False)
    told: str = field(init=False)
    payload: str | None = field(init=False)
    files: tuple[IncomingFile, ...] = field(init=False)
    place: tuple[float, float] | None = field(init=False)
    other: bool = field(init=False)
    reply_to: str | None = field(init=False)
    contact: Contact | None = field(init=False)

    def __post_init__(self, inbound: Inbound) -> None:
        text = mask(inbound.text)
        for name, value in (
            ("address", inbound.address),
            ("external_id", inbound.external_id),
            ("at", inbound.at),
            ("text", text),
            ("told", without_masks(text)),
            ("payload", inbound.payload),
            ("files", inbound.files),
            ("place", inbound.place),
            ("other", inbound.other),
            ("reply_to", inbound.reply_to),
            ("contact", _harmless(inbound.contact)),
        ):
            object.__setattr__(self, name, value)

    @property
    def hides(self) -> bool:
        """Say whether something was struck out."""
        return self.told != self.text


def _harmless(contact: Contact | None) -> Contact | None:
    """Leave a name out that is none: people write the number of their papers into any field."""
    if contact is None or mask(contact.name) == contact.name:
        return contact
    return Contact(phone=contact.phone)
