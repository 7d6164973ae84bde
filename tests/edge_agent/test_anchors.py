"""contract 1, robustness F24: the clocks of earlier boots, and a file of them that can't be read."""

from pathlib import Path

import pytest

from edge_agent.anchors import CLOCKS, Anchors
from edge_agent.spool import Spool


@pytest.mark.parametrize("content", [b"", b"{", b'{"\xff": {}}', b"[" * 5000, b'{"a": 7}'])
def test_clocks_that_cannot_be_read_keep_no_agent_from_starting(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CLOCKS).write_bytes(content)
    spool = Spool(tmp_path)
    spool.open()
    assert Anchors(spool).pending() == {}
    spool.close()
