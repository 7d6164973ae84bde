"""The AsyncAPI document, as the official parser sees it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from wire.generate.__main__ import ROOT

HERE = Path(__file__).parent / "asyncapi"


def validate(document: Path) -> tuple[int, list[dict[str, object]]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node (>= 20) is not installed")
    if int(re.sub(r"\D.*", "", subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.lstrip("v"))) < 20:
        pytest.skip("node is older than version 20")
    if not (HERE / "node_modules" / "@asyncapi" / "parser").is_dir():
        pytest.skip("tests/wire/asyncapi/node_modules is missing: scripts/setup installs it")
    ran = subprocess.run([node, "validate.js", str(document)], cwd=HERE, capture_output=True, text=True, check=False, timeout=90)
    assert ran.stderr == ""
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()]


def test_is_valid() -> None:
    code, said = validate(ROOT / "docs" / "contract" / "asyncapi.json")
    assert [line for line in said if line["code"] != "asyncapi-latest-version"] == []
    assert code == 0


def test_the_parser_would_find_a_fault(tmp_path: Path) -> None:
    document = json.loads((ROOT / "docs" / "contract" / "asyncapi.json").read_text("utf-8"))
    document["operations"]["status"]["channel"]["$ref"] = "#/channels/nowhere"
    (tmp_path / "broken.json").write_text(json.dumps(document), "utf-8")
    code, said = validate(tmp_path / "broken.json")
    assert code == 1
    assert said


def test_the_lock_names_no_address() -> None:
    assert '"resolved"' not in (HERE / "package-lock.json").read_text("utf-8")
