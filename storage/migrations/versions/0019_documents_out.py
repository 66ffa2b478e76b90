"""Documents that go out with an official's answer."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("attachments", sa.Column("entry_id", ID, nullable=True))
    op.create_table(
        "message_files",
        sa.Column("message_id", ID, nullable=False),
        sa.Column("attachment_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "attachment_id", name="pk_message_files"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_message_files_message_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name="fk_message_files_attachment_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_message_files_attachment_id", "message_files", ["attachment_id"])
