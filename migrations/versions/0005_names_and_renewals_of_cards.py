"""names and renewals of cards: what its owner calls a card, and what its bank changed

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = ("nickname", "renewed_at", "former_last_four", "former_expomon", "former_expoyear")


def upgrade():
    # With its check in one statement SQLite needs no new table, and keeps the others.
    op.execute(
        "ALTER TABLE card ADD COLUMN nickname VARCHAR(40) "
        "CONSTRAINT ck_card_nickname CHECK (length(nickname) BETWEEN 1 AND 40)"
    )
    op.add_column("card", sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("card", sa.Column("former_last_four", sa.String(length=4), nullable=True))
    op.add_column("card", sa.Column("former_expomon", sa.Integer(), nullable=True))
    op.add_column("card", sa.Column("former_expoyear", sa.Integer(), nullable=True))


def downgrade():
    for column in reversed(COLUMNS):
        op.execute(f"ALTER TABLE card DROP COLUMN {column}")
