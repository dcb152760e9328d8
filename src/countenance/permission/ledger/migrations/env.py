"""Alembic's entry: runs the steps on the connection that `schema` hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="ledger_version",  # the registry may live in the same database
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
