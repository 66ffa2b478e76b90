"""A message that is a form for name and phone number."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("messages", sa.Column("contact_request", sa.String(100), nullable=True))
