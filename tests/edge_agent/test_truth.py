"""robustness 1.4: every sample is written down before anything else is done with it, whatever the line does."""

from pathlib import Path

import numpy as np

from edge_agent.agent import Agent
from edge_agent.configuration import load
from edge_agent.truth import Truth, read_truth
from tests.brokers import BrokerProcess
from tests.edge_agent.bus import listening
from wire.samples import SampleBatch, encode


def test_what_was_added_is_read_by_boot_and_a_torn_end_is_left_out(tmp_path: Path) -> None:
    batches = [SampleBatch(boot=boot, seq=seq, t0=seq, dt=1, angle=bytes(8), torque=bytes(8)) for seq in (0, 2) for boot in ("a", "b")]
    file = tmp_path / "truth"
    for batch in batches:
        truth = Truth(file)
        truth.add(encode(batch))
        truth.close()
    file.write_bytes(file.read_bytes()[:-1])
    assert list(read_truth(file)) == batches[:-1]


async def test_it_holds_what_the_line_carried(nats: BrokerProcess, tmp_path: Path) -> None:
    (tmp_path / "set.csv").write_text("t_s,angle_deg,torque_nm\n" + "".join(f"{n / 100},{n % 60},{n}\n" for n in range(205)))
    file = tmp_path / "edge.toml"
    driver = 'name = "recording"\nfile = "set.csv"\nspeed = 10'
    file.write_text(f'machine = "clinic/lex1"\ntruth = "truth"\n[broker]\nurl = "{nats.url}"\n[driver]\n{driver}\n')
    async with listening(nats) as bus:
        await Agent(load(file), tmp_path).run()
        await bus.until(lambda: sum(batch.n for batch in bus.batches) == 205)
    assert list(read_truth(tmp_path / "truth")) == bus.batches
    assert np.concatenate([batch.torque_nm() for batch in bus.batches]).tolist() == list(range(205))
