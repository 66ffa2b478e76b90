"""A message that is a form for name and phone number."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("messages", sa.Column("contact_request", sa.String(100), nullable=True))
