"""Many recordings analysed again, otherwise: what changes, and whether that is better. For commands and for reruns on the page."""
