"""The one error of the broker."""


class BrokerError(Exception):
    """The embedded broker can't run; the message says why and names the way out."""
