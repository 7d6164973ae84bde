"""The analysis: samples and inputs in, events out. Pure: no clock, no I/O, time is an argument."""

from service.analysis.movement import Movement
from service.analysis.parameters import Parameters
from service.analysis.session import Session

__all__ = ["Movement", "Parameters", "Session"]
