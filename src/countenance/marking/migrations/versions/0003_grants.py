"""Every grant that a render rests on: it may show several people, and a double. Older records name the first alone."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("renders", sa.Column("grants", sa.JSON))
