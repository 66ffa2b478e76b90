"""Alembic's entry: migrate over the connection that `storage.schema` hands in, inside its transaction."""

import sqlalchemy as sa
from alembic import context

from storage.tables import metadata

connection: sa.Connection = context.config.attributes["connection"]
# Two processes that start together on PostgreSQL migrate one after the other.
if connection.dialect.name == "postgresql":
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(724001)"))
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite"
)
context.run_migrations()
