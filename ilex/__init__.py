"""Ilex for notebooks: recordings opened, analysed, drawn and compared with the code that runs live (docs/engineers.md).

>>> import ilex
>>> session = ilex.open("session.mcap")
>>> session.signals.to_pandas()
>>> session.analyze(parameters={"stall_least_s": 1.0}).plot()
>>> ilex.diff(session, session.analyze())
"""

from ilex.comparison import Comparison, diff
from ilex.events import Events
from ilex.folder import Sessions
from ilex.picture import Picture
from ilex.result import Result
from ilex.session import Session
from ilex.table import Table
from service.analysis import Parameters
from wire.plan import Plan
from wire.recorded import RecordedError

open = Session  # noqa: A001 - `ilex.open(path)` is how it reads best; within this package the builtin is not needed
sessions = Sessions

__all__ = [
    "Comparison",
    "Events",
    "Parameters",
    "Picture",
    "Plan",
    "RecordedError",
    "Result",
    "Session",
    "Sessions",
    "Table",
    "diff",
    "open",
    "sessions",
]
