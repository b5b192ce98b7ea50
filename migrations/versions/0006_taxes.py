"""taxes: the one that is in a shop's prices, and what of an order it was

Revision 0006, after 0005.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# With its check in one statement SQLite needs no new table, and keeps the others.
COLUMNS = (
    ("cog", "tax_name VARCHAR(30)"),
    (
        "cog",
        "tax_rate INTEGER CONSTRAINT ck_cog_tax CHECK "
        "((tax_name IS NULL) = (tax_rate IS NULL) AND tax_rate BETWEEN 1 AND 100000)",
    ),
    ("transaction", "tax_name VARCHAR(30)"),
    ("transaction", "tax_rate INTEGER"),
    (
        "transaction",
        "tax_amount INTEGER CONSTRAINT ck_transaction_tax CHECK "
        "((tax_name IS NULL) = (tax_rate IS NULL) AND (tax_rate IS NULL) = (tax_amount IS NULL) "
        "AND tax_amount BETWEEN 0 AND amount)",
    ),
)


def upgrade():
    for table, column in COLUMNS:
        op.execute(f'ALTER TABLE "{table}" ADD COLUMN {column}')


def downgrade():
    for table, column in reversed(COLUMNS):
        op.execute(f'ALTER TABLE "{table}" DROP COLUMN {column.split()[0]}')
