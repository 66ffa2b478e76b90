"""The Official Account's tokens on Zalo, and what stands around their renewal."""

import sqlalchemy as sa

from storage.tables.base import Utc, metadata

zalo_tokens = sa.Table(
    "zalo_tokens",
    metadata,
    sa.Column(
        "app_id", sa.String(30), primary_key=True, doc="of the app that the OA granted its permissions to"
    ),
    sa.Column(
        "oa_id", sa.String(30), doc="none: not known yet, where the first token came from the settings"
    ),
    sa.Column("state", sa.String(16), nullable=False, doc="ok | needs_consent"),
    sa.Column("problem", sa.String(200), doc="what the last renewal ran into; no token in it"),
    sa.Column("access_sealed", sa.LargeBinary, doc="none: to be got with the refresh token first"),
    sa.Column("refresh_sealed", sa.LargeBinary, doc="good for one use"),
    sa.Column("previous_access_sealed", sa.LargeBinary, doc="the pair before, to find out what happened"),
    sa.Column("previous_refresh_sealed", sa.LargeBinary),
    sa.Column("rotated_at", Utc, doc="when this pair came"),
    sa.Column("expires_at", Utc, doc="of the access token"),
    sa.Column("refresh_expires_at", Utc),
    sa.Column("seed_lookup", sa.LargeBinary, doc="of the refresh token in the settings that was taken last"),
    sa.Column("lease_owner", sa.String(60), doc="who is renewing"),
    sa.Column("lease_until", Utc),
    sa.Column("attempted_at", Utc, doc="a renewal was begun then and has no outcome: the token may be spent"),
    sa.Column(
        "attempts", sa.SmallInteger, nullable=False, default=0, doc="with this refresh token, without outcome"
    ),
    sa.Column(
        "consent_state_sealed", sa.LargeBinary, doc="of a consent that was begun and has not come back"
    ),
    sa.Column("consent_verifier_sealed", sa.LargeBinary),
    sa.Column("consent_official_id", sa.ForeignKey("officials.id")),
    sa.Column("consent_until", Utc),
)
