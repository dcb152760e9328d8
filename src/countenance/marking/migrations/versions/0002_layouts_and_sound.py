"""What copies are compared with: layouts of key frames, and the sound's fingerprint. Older records have none."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("renders", sa.Column("sound_fingerprint", sa.LargeBinary))
    op.add_column("fingerprints", sa.Column("layout", sa.LargeBinary))
