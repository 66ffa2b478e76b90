"""Topics as editors left them. What ships lies in files; a row here stands in its place."""

import sqlalchemy as sa

from storage.tables.base import Id, Utc, id_column, metadata

# Numbers grow by one with every change of any topic: whoever holds the library sees by the last one whether it is old.
topic_revisions = sa.Table(
    "topic_revisions",
    metadata,
    id_column(),
    sa.Column("topic_id", sa.String(60), nullable=False, index=True),
    sa.Column("document", sa.JSON(none_as_null=True), doc="the whole topic; none: back to what ships"),
    sa.Column(
        "shipped_digest", sa.String(64), doc="of the shipped topic it was made from; none: there was none"
    ),
    sa.Column("note", sa.String(300), nullable=False),
    sa.Column("official_id", Id),
    sa.Column("at", Utc, nullable=False),
    sqlite_autoincrement=True,
)

topic_edits = sa.Table(
    "topic_edits",
    metadata,
    sa.Column("topic_id", sa.String(60), primary_key=True),
    sa.Column("revision_id", sa.ForeignKey("topic_revisions.id"), nullable=False),
)
