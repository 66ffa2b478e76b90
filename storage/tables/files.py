"""What came with messages and cases: pictures, voices, papers. The bytes lie in files beside the database."""

import sqlalchemy as sa

from storage.tables.base import Id, Utc, id_column, metadata

attachments = sa.Table(
    "attachments",
    metadata,
    id_column(),
    sa.Column("message_id", sa.ForeignKey("messages.id", ondelete="SET NULL"), index=True),
    sa.Column("case_id", sa.ForeignKey("cases.id", ondelete="CASCADE"), index=True),
    # No foreign key: on SQLite one cannot be added to a table that is there.
    sa.Column("entry_id", Id, doc="an official's: the step of the case that it went out with"),
    sa.Column("kind", sa.String(10), nullable=False, doc="photo | voice | video | file"),
    sa.Column("status", sa.String(10), nullable=False, doc="wanted | stored | refused | lost"),
    sa.Column("reason", sa.String(200), doc="why it was refused or lost, for people"),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("ref_sealed", sa.LargeBinary, doc="wanted: where the channel keeps it"),
    sa.Column("file", sa.String(64), unique=True, doc="stored: its random name below data/files"),
    sa.Column("media_type", sa.String(80)),
    sa.Column("name", sa.String(120), doc="as the person called it, made harmless"),
    sa.Column("bytes", Id),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("uploaded_by", Id, doc="an official; none: the resident"),
    sa.Column("attempts", sa.SmallInteger, nullable=False),
    sa.Column("not_before", Utc, doc="wanted: when to fetch it next"),
    sa.Column("at", Utc, nullable=False),
    sqlite_autoincrement=True,
)
_WANTED = attachments.c.status == "wanted"
sa.Index(
    "ix_attachments_wanted",
    attachments.c.channel,
    attachments.c.not_before,
    sqlite_where=_WANTED,
    postgresql_where=_WANTED,
)

# What goes out with a message; one file may go with several, as where cases were merged.
message_files = sa.Table(
    "message_files",
    metadata,
    sa.Column("message_id", sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "attachment_id", sa.ForeignKey("attachments.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)
