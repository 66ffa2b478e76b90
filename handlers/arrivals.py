"""Keeping what came until its turn: a message without its secrets, as words that can be stored sealed."""

import json
from collections.abc import Sequence
from datetime import datetime

from handlers.messages import Address, Contact, FileKind, Inbound, IncomingFile
from handlers.secrets import Masked
from storage import arrivals
from storage.arrivals import Arrival
from storage.db import Tx


def keep(tx: Tx, several: Sequence[Masked], now: datetime) -> list[int | None]:
    """Store messages; returns for each the id under which its turn finds it, or None if it was taken before."""
    ids: dict[int, int | None] = {}
    # In one order everywhere: two processes that are brought the same ones never wait for each other in a circle.
    for place, one in sorted(enumerate(several), key=lambda pair: pair[1].external_id):
        address = one.address
        ids[place] = arrivals.keep(tx, address.channel, one.external_id, address.value, dump(one), now)
    return [ids[place] for place in range(len(several))]


def dump(message: Masked) -> str:
    """Return what `load` reads. A file that lies on our disk already cannot wait: ValueError."""
    if any(file.ref is None for file in message.files):
        raise ValueError("a kept file waits for nothing")
    return json.dumps(
        {
            "address": [message.address.channel, message.address.value],
            "external_id": message.external_id,
            "at": message.at.isoformat(),
            "text": message.text,
            "payload": message.payload,
            "files": [[file.kind.value, file.name, file.size, file.ref] for file in message.files],
            "place": message.place,
            "other": message.other,
            "reply_to": message.reply_to,
            "contact": [message.contact.name, message.contact.phone] if message.contact else None,
        },
        ensure_ascii=False,
    )


def load(arrival: Arrival) -> Masked:
    """Return the message that was kept. Striking out again what was struck out changes nothing."""
    kept = json.loads(arrival.body)
    return Masked(
        Inbound(
            Address(*kept["address"]),
            kept["external_id"],
            datetime.fromisoformat(kept["at"]),
            kept["text"],
            kept["payload"],
            tuple(IncomingFile(FileKind(kind), name, size, ref) for kind, name, size, ref in kept["files"]),
            tuple(kept["place"]) if kept["place"] else None,
            kept["other"],
            kept["reply_to"],
            # Not there in what an earlier version of ours stored.
            Contact(*contact) if (contact := kept.get("contact")) else None,
        )
    )
