"""Runs the migrations over the connection that `Index.open` hands in; Alembic imports this module by its path."""

from alembic import context

from service.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
