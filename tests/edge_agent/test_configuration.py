"""issue 2, 4: a TOML configuration with an annotated example; a wrong one is refused with line and reason."""

from pathlib import Path

import pytest

from edge_agent.configuration import ConfigurationError, load
from edge_agent.drivers.recording import RecordingSettings
from edge_agent.drivers.simulator import SimulatorSettings

EXAMPLE = Path(__file__).parents[2] / "edge_agent" / "example.toml"

GOOD = """machine = "clinic/lex1"

[broker]
url = "mqtt://127.0.0.1:1883"

[driver]
name = "simulator"
speed = 2.0
"""


def refusal(tmp_path: Path, text: str) -> str:
    file = tmp_path / "edge.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    words = str(caught.value)
    assert "\n" not in words
    assert words.startswith(str(file))
    return words.removeprefix(str(file))


def test_a_good_one_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "edge.toml"
    file.write_text(GOOD)
    configuration = load(file)
    assert configuration.machine == "clinic/lex1"
    assert configuration.driver == SimulatorSettings(speed=2.0)
    assert configuration.live.batch_ms == 20.0


def test_the_annotated_example_is_a_good_one() -> None:
    assert isinstance(load(EXAMPLE).driver, SimulatorSettings)


def test_the_example_explains_every_key() -> None:
    text = EXAMPLE.read_text()
    for settings in (SimulatorSettings, RecordingSettings):
        for name in settings.__struct_fields__:
            assert f"{name} = " in text, name
    for name in ("url", "username", "password_file", "ca_file", "keepalive_s", "batch_ms", "queue", "scale", "offset", "sign", "travel"):
        assert f"{name} = " in text, name


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("[broker]", "[broker"), (":3:", "]")),
        (('name = "simulator"', 'name = "simulator'), (":7:",)),
        (("speed = 2.0", 'speed = "fast"'), (":8: driver.speed:", "expected `float`")),
        (("speed = 2.0", "speed = -1.0"), (":8: driver.speed:", "> 0")),
        (("speed = 2.0", "sped = 2.0"), (":8: driver.sped:", "no such key")),
        (("[broker]", "[brokers]"), (":3: brokers:", "no such key")),
        (('"simulator"', '"treadmill"'), (":7: driver.name:", "treadmill")),
        (('"clinic/lex1"', '"Clinic 1"'), (":1: machine:", "site/machine")),
        (('machine = "clinic/lex1"', ""), (":1: machine:", "is missing")),
        (('name = "simulator"', ""), (":6: driver.name:", "is missing")),
        (("mqtt://127.0.0.1:1883", "http://127.0.0.1"), (":4: broker.url:", "mqtt://HOST")),
        (("mqtt://127.0.0.1:1883", "mqtt://a:secret@127.0.0.1"), (":4: broker.url:", "password_file")),
    ],
)
def test_a_wrong_one_is_refused_with_line_and_reason(tmp_path: Path, change: tuple[str, str], expected: tuple[str, ...]) -> None:
    words = refusal(tmp_path, GOOD.replace(*change))
    assert words.startswith(expected[0])
    for part in expected[1:]:
        assert part in words


def test_a_key_of_an_inline_table_is_found(tmp_path: Path) -> None:
    words = refusal(tmp_path, GOOD + "\n[calibration]\nangle = { scale = 1.0, sign = 2 }\n")
    assert words.startswith(":11: calibration.angle.sign:")


def test_stops_that_lie_the_wrong_way_round_are_refused(tmp_path: Path) -> None:
    """Decision 0259."""
    words = refusal(tmp_path, GOOD + "\n[calibration]\ntravel = { extension_deg = 72, flexion_deg = 0 }\n")
    assert words.startswith(":11: calibration.travel: expected extension_deg less than flexion_deg (0), got 72")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load(tmp_path / "none.toml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "edge.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        load(tmp_path / "edge.toml")
