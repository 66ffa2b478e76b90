"""What is announced to many, and the paper that leads here. Who got it: the outbox, by `announcement_id`."""

import sqlalchemy as sa

from storage.tables.base import Id, Utc, id_column, metadata

announcements = sa.Table(
    "announcements",
    metadata,
    id_column(),
    sa.Column("code", sa.String(12), nullable=False, unique=True, doc="stands in the message; public"),
    sa.Column("kind", sa.String(10), nullable=False, doc="notice | event | story | emergency"),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("link", sa.String(300)),
    sa.Column("pictures", sa.JSON, nullable=False, doc="[file, …] as they lie beside the database"),
    sa.Column("audience", sa.JSON, nullable=False, doc="as in the file; a key left out: everybody"),
    sa.Column("send_at", Utc, doc="none: as soon as it is approved"),
    sa.Column("spread_hours", sa.Integer, nullable=False),
    sa.Column("late_joiners", sa.Boolean, nullable=False),
    sa.Column("named_consent", sa.String(300), doc="a story that names somebody: how they agreed to it"),
    sa.Column(
        "status",
        sa.String(10),
        nullable=False,
        doc="draft | submitted | approved | scheduled | sending | paused | sent | cancelled",
    ),
    sa.Column("version", sa.Integer, nullable=False, doc="grows with every change; a stale one is refused"),
    sa.Column("created_by", Id, nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("submitted_by", Id),
    sa.Column("submitted_at", Utc),
    sa.Column("approved_by", Id),
    sa.Column("approved_at", Utc),
    sa.Column("reason", sa.String(300), doc="why it was sent back or cancelled"),
    sa.Column("started_at", Utc, doc="when its sending began"),
    sa.Column("cursor", Id, nullable=False, doc="residents up to this id have their delivery; from 0"),
    sa.Column("expanded_at", Utc, doc="when everybody had theirs"),
    sa.Column(
        "late_cursor", Id, nullable=False, doc="consents up to this id were looked at for late joiners"
    ),
    sa.Column("finished_at", Utc, doc="when nothing was queued any more, or it was cancelled"),
    sa.Column(
        "held_at", Utc, doc="since when late joiners wait for a second official; none: nobody is kept waiting"
    ),
    sa.Index("ix_announcements_status_send_at", "status", "send_at"),
    sqlite_autoincrement=True,
)

# A leaflet's QR: how often it was followed, and for which commune it was printed.
leaflets = sa.Table(
    "leaflets",
    metadata,
    sa.Column("code", sa.String(12), primary_key=True),
    sa.Column("area_code", sa.String(10), nullable=False),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("visits", sa.Integer, nullable=False),
)

# What a channel calls a file of ours that it has already: the same picture is uploaded once.
channel_files = sa.Table(
    "channel_files",
    metadata,
    sa.Column("channel", sa.String(20), primary_key=True),
    sa.Column("file", sa.String(64), primary_key=True),
    sa.Column("ref", sa.String(300), nullable=False),
    sa.Column("at", Utc, nullable=False),
)
