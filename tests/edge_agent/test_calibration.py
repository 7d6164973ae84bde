"""contract 1 and 2, detection 7: scale, offset, sign; tare; the swept gravity curve subtracted, the sensor's torque beside it."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_agent import agent as agent_module
from edge_agent.agent import Agent
from edge_agent.calibration import Calibration, Channel, Corrected, Measured, Travel, sweep, tare
from edge_agent.configuration import CalibrationSettings, Configuration
from edge_agent.drivers import Samples
from edge_agent.drivers.simulator import SimulatorSettings
from edge_agent.gravity import GravityCurve, Refused
from edge_agent.simulator import Simulation
from edge_agent.simulator.machine import MachineSettings
from tests.faults.twin import Twin

NOISE = np.random.default_rng(1)


def read(angle: list[float], torque: list[float]) -> Samples:
    t_ns = np.arange(len(angle), dtype=np.int64) * 10_000_000
    return Samples(t_ns, np.array(angle, np.float32), np.array(torque, np.float32))


def sensors(angle: np.ndarray, torque: np.ndarray) -> Corrected:
    return Corrected(np.arange(len(angle), dtype=np.int64) * 10_000_000, angle.astype(np.float32), torque.astype(np.float32), {})


def passive(friction_nm: float = 2.0, seed: int = 0) -> Corrected:
    """A passive sweep of a simulated patient whose weight shows as 80 Nm x sin."""
    simulation = Simulation("steady", seed=seed, machine=MachineSettings(gravity_nm=80.0, friction_nm=friction_nm))
    simulation.sweep()
    block = simulation.advance(7400)
    return Corrected(block.t_ns, block.angle_deg, block.torque_nm, {})


class TestChannels:
    def test_value_is_sign_times_scale_times_reading_less_offset(self) -> None:
        calibration = Calibration(Channel(scale=0.5, offset=10.0, sign=-1), Channel(scale=2.0))
        out = calibration.sensors(read([10.0, 50.0], [3.0, np.nan]))
        assert out.angle_deg.tolist() == [0.0, -20.0]
        assert out.torque_nm[0] == 6.0
        assert np.isnan(out.torque_nm[1])

    def test_without_a_calibration_the_readings_pass_unchanged_to_the_bit(self) -> None:
        samples = read([0.1, np.nan], [1 / 3, 7.7])
        calibration = Calibration()
        out = calibration.net(calibration.sensors(samples))
        assert out.angle_deg.tobytes() == samples.angle_deg.tobytes()
        assert out.torque_nm.tobytes() == samples.torque_nm.tobytes()
        assert out.extra == {}

    def test_the_machines_stops_go_along_where_they_are_known(self) -> None:
        """Decision 0259."""
        assert "travel" not in Calibration().describe()
        travel = Calibration(travel=Travel(extension_deg=0.0, flexion_deg=72.0)).describe()["travel"]
        assert travel == {"extension_deg": 0.0, "flexion_deg": 72.0}


class TestTare:
    def test_takes_the_resting_torque_away_and_keeps_the_sensors_own(self) -> None:
        measured = tare(sensors(np.full(100, 60.0), 4.0 + NOISE.normal(0, 0.4, 100)))
        calibration = Calibration(measured=measured)
        out = calibration.net(calibration.sensors(read([60.0], [10.0])))
        assert out.torque_nm[0] == pytest.approx(6.0, abs=0.2)
        assert out.extra["torque_raw"].tolist() == [10.0]

    @pytest.mark.parametrize(
        ("angle", "torque", "reason"),
        [
            (np.linspace(60, 55, 100), np.zeros(100), "moved"),
            (np.full(100, 60.0), np.linspace(0, 40, 100), "varied"),
            (np.full(100, 60.0), np.full(100, np.nan), "no reading"),
        ],
    )
    def test_refuses_what_was_not_at_rest(self, angle: np.ndarray, torque: np.ndarray, reason: str) -> None:
        with pytest.raises(Refused, match=reason):
            tare(sensors(angle, torque))


class TestSweep:
    def test_finds_the_curve_and_the_friction(self) -> None:
        curve = sweep(passive(), Measured()).curve
        assert curve is not None
        angle = np.linspace(10, 56, 20).astype(np.float32)
        assert np.abs(curve.at(angle) - 80.0 * np.sin(np.radians(angle))).max() < 1.5
        assert curve.friction_nm == pytest.approx(2.0, abs=0.3)

    def test_leaves_the_torque_net_of_gravity_and_names_the_curve(self) -> None:
        calibration = Calibration(measured=sweep(passive(), Measured()))
        curve = calibration.measured.curve
        assert curve is not None
        out = calibration.net(calibration.sensors(read([30.0], [140.0])))
        assert out.torque_nm[0] == pytest.approx(100.0, abs=1.5)
        assert out.extra["torque_raw"].tolist() == [140.0]
        assert calibration.describe()["curve"] == curve.id

    def test_refuses_a_body_that_was_not_relaxed(self) -> None:
        with pytest.raises(Refused, match="relaxed"):
            sweep(passive(friction_nm=12.0), Measured())

    def test_refuses_a_small_movement(self) -> None:
        angle = 60 - 5 * np.abs(np.sin(np.linspace(0, 6, 3000)))
        with pytest.raises(Refused, match="at least 15"):
            sweep(sensors(angle, np.zeros(3000)), Measured())

    def test_refuses_one_way(self) -> None:
        with pytest.raises(Refused, match="there and back"):
            sweep(sensors(np.linspace(60, 6, 3000), np.zeros(3000)), Measured())

    def test_beyond_the_knots_the_last_torque_holds(self) -> None:
        curve = GravityCurve("c", (10.0, 20.0), (5.0, 9.0), 0.0)
        assert curve.at(np.array([0.0, 15.0, 60.0], np.float32)).tolist() == [5.0, 7.0, 9.0]


async def test_what_was_measured_outlives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F06, never refuses to start: with half a file of tare and curve it would."""
    disk = Twin(tmp_path / "edge")
    (tmp_path / "edge").mkdir()
    monkeypatch.setattr(agent_module, "DISK", disk)
    settings = CalibrationSettings(file="measured.json")
    agent = Agent(Configuration(machine="clinic/lex1", driver=SimulatorSettings(), calibration=settings), tmp_path / "edge")
    await agent.keep(Measured(tare_nm=7.0, tare_id="t1"))
    kept = disk.worst().put(tmp_path / "after") / "measured.json"
    assert msgspec.json.decode(kept.read_bytes(), type=Measured) == agent.calibration.measured == Measured(tare_nm=7.0, tare_id="t1")
