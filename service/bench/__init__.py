"""Many recordings analysed again, otherwise: what changes, and whether that is better. For commands; the live service needs none of it."""
