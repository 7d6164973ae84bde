"""Drivers by name: the settings of each open it. A new device is one file and one line here."""

from edge_agent.drivers.driver import ButtonName, Driver, DriverError, Host, Samples
from edge_agent.drivers.recording import RecordingSettings
from edge_agent.drivers.simulator import SimulatorSettings

DriverSettings = SimulatorSettings | RecordingSettings

__all__ = ["ButtonName", "Driver", "DriverError", "DriverSettings", "Host", "Samples"]
