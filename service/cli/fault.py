"""What ends a command with exit code 1 and one line (contract 7)."""


class CommandFault(Exception):
    """The input or this computer is at fault; the message is one line that says what, where, and the way out."""
