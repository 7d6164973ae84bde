"""Recordings: written while a session runs, recovered after a crash, read and made final afterwards (contract 8)."""

from service.recordings.account import Account, Unfinished, account, unfinished
from service.recordings.reading import difference, events, events_after, labelled, of_sets, sets, summary, with_labels
from service.recordings.recorder import Recorder
from service.recordings.recovery import Recovery, at_its_place, leftovers, make_whole, over, recover
from service.recordings.writer import WriterError

__all__ = [
    "Account",
    "Recorder",
    "Recovery",
    "Unfinished",
    "WriterError",
    "account",
    "at_its_place",
    "difference",
    "events",
    "events_after",
    "labelled",
    "leftovers",
    "make_whole",
    "of_sets",
    "over",
    "recover",
    "sets",
    "summary",
    "unfinished",
    "with_labels",
]
