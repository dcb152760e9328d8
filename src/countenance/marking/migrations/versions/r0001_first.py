"""The first schema: renders and their key frames' fingerprints."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "renders",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("payload", sa.String(16), nullable=False),
        sa.Column("manifest_id", sa.String(128), nullable=False),
        sa.Column("manifest", sa.LargeBinary, nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("use", sa.String(64), nullable=False),
        sa.Column("permit_id", sa.String(64), nullable=False),
        sa.Column("permit_kind", sa.String(32), nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("grant_sha256", sa.String(64), nullable=False),
        sa.Column("permit_expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inputs", sa.JSON, nullable=False),
        sa.Column("parents", sa.JSON, nullable=False),
        sa.Column("engine", sa.String(128), nullable=False),
        sa.Column("versions", sa.JSON, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("duration", sa.String(64), nullable=False),
        sa.Column("marks", sa.JSON, nullable=False),
        sa.Column("signer", sa.String(16), nullable=False),
    )
    op.create_index("renders_payload", "renders", ["payload"], unique=True)
    op.create_index("renders_manifest_id", "renders", ["manifest_id"], unique=True)
    op.create_index("renders_file", "renders", ["file_sha256"])
    op.create_index("renders_grant", "renders", ["grant_sha256"])
    op.create_table(
        "fingerprints",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("render_id", sa.Integer, sa.ForeignKey("renders.id"), nullable=False),
        sa.Column("bits", sa.LargeBinary(32), nullable=False),
        sa.Column("quality", sa.Integer, nullable=False),
        sa.Column("time", sa.String(64), nullable=False),
    )
    op.create_index("fingerprints_render", "fingerprints", ["render_id"])
