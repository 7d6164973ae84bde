"""What a process that works for somebody may take."""

MOST_BYTES = 4 * 1024**3
"""Address space of a process: an hour at 1 kHz needs a tenth of it, a hostile file or parameter gets no more."""


def bounded() -> None:
    """For the process itself: no more memory than MOST_BYTES, where the system can say so."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    except (ImportError, ValueError, OSError):
        pass
