"""Migrations of the index, run by `Index.open`; Alembic reads them from the package, so that a wheel brings them along."""
