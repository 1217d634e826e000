"""What Alembic runs: the migrations, over the connection and in the transaction of who called it."""

from alembic import context

from assistant.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, version_table="wenshu_store_version")
with context.begin_transaction():
    context.run_migrations()
