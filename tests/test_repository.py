"""The repository itself: issue 2 point 1 (locked dependencies without download addresses, one pyproject, scripts that run)."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
SCRIPTS = sorted(path for path in [*(ROOT / "scripts").iterdir(), ROOT / ".ci" / "run"] if path.is_file())


def pins(file: Path) -> dict[str, str]:
    """Name -> the whole requirement (version and marker), hashes off."""
    text = file.read_text().replace("\\\n", " ")
    lines = [line.split(" --hash")[0].strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {canonicalize_name(Requirement(line).name): line for line in lines}


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements}


@pytest.mark.parametrize("file", LOCKS, ids=lambda path: path.name)
class TestLocks:
    def test_every_requirement_is_exact_and_hashed(self, file: Path) -> None:
        for line in file.read_text().replace("\\\n", " ").splitlines():
            assert re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,]+\])?==[^ ]+( ; [^#]*?)?( +--hash=sha256:[0-9a-f]{64})+\s*$", line), line

    def test_no_address_of_any_kind(self, file: Path) -> None:
        assert not re.search(r"https?:|file:|git\+|--index-url|--extra-index-url|--find-links|--trusted-host| @ ", file.read_text())


@pytest.mark.parametrize("file", sorted(ROOT.glob("*/**/package-lock.json")), ids=lambda path: str(path.relative_to(ROOT)))
def test_npm_locks_name_no_address(file: Path) -> None:
    if "node_modules" in file.relative_to(ROOT).parts:
        pytest.skip("not ours")
    packages = json.loads(file.read_text())["packages"]
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert all("integrity" in entry or not name or entry.get("link") for name, entry in packages.items())


class TestDependencies:
    def test_the_edge_extra_names_a_part_of_the_product(self) -> None:
        assert set(PROJECT["optional-dependencies"]["edge"]) < set(PROJECT["dependencies"])

    def test_every_set_is_locked(self) -> None:
        assert names(PROJECT["optional-dependencies"]["edge"]) <= pins(ROOT / "requirements/edge.txt").keys()
        assert names(PROJECT["dependencies"]) <= pins(ROOT / "requirements/service.txt").keys()
        wanted = names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"] + PROJECT["optional-dependencies"]["dev"])
        assert wanted - {"ilex"} <= pins(ROOT / "requirements/dev.txt").keys()

    def test_the_sets_agree_with_each_other(self) -> None:
        edge, service, dev = (pins(ROOT / f"requirements/{name}.txt") for name in ("edge", "service", "dev"))
        assert edge.items() <= service.items() <= dev.items()

    def test_the_required_stack_is_there(self) -> None:
        stack = {"fastapi", "uvicorn", "websockets", "numpy", "scipy", "aiomqtt"}
        assert stack <= names(PROJECT["dependencies"])
        assert "pytest-asyncio" in names(PROJECT["optional-dependencies"]["test"])

    def test_the_edge_set_holds_nothing_of_the_service(self) -> None:
        service_only = names(PROJECT["dependencies"]) - names(PROJECT["optional-dependencies"]["edge"])
        # rich comes with typer, which both have.
        assert not (service_only - {"rich"}) & pins(ROOT / "requirements/edge.txt").keys()


class TestScripts:
    @pytest.mark.parametrize("name", ["setup", "demo", "test", "check", "bench", "soak", "wheel", "lock", "../.ci/run"])
    def test_it_can_be_run(self, name: str) -> None:
        path = ROOT / "scripts" / name
        assert path.stat().st_mode & 0o111
        assert path.read_text().startswith("#!/usr/bin/env bash\n# ")

    @pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
    def test_bash_can_read_it(self, path: Path) -> None:
        subprocess.run(["bash", "-n", path], check=True)

    @pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
    def test_shellcheck_finds_nothing(self, path: Path) -> None:
        command = [str(Path(sys.executable).parent / "shellcheck"), "-x", "-P", str(ROOT / "scripts"), str(path)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("step", "folder"), [("make_venv", ".venv"), ("node_packages dashboard", "dashboard/node_modules")])
def test_nothing_is_emptied_behind_a_link(step: str, folder: str, tmp_path: Path) -> None:
    """Issue 2 point 1: a checkout that borrows the folder of another one is told so; what it borrows stays whole."""
    checkout, other = tmp_path / "checkout", tmp_path / "other"
    (checkout / "dashboard").mkdir(parents=True)
    (checkout / "dashboard" / "package-lock.json").write_text("{}")
    shutil.copytree(ROOT / "scripts", checkout / "scripts")
    other.mkdir()
    (other / "kept").touch()
    (checkout / folder).symlink_to(other)
    command = ["bash", "-c", f". scripts/steps.sh; {step}"]
    found = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, (other / "kept").exists()) == (1, True)
    assert f"rm {checkout / folder}" in found.stderr


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    missing = [file.name for file in sorted(folder.glob("0*.md")) if f"({file.name})" not in index]
    assert missing == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "deploy/README.md"])
def test_links_to_files_lead_somewhere(name: str) -> None:
    file = ROOT / name
    targets = [target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text()) if "://" not in target]
    assert [target for target in targets if not (file.parent / target).exists()] == []


def test_what_scripts_say_into_a_file_has_no_codes_for_terminals() -> None:
    said = subprocess.run(
        ["bash", "-c", f'. "{ROOT}/scripts/steps.sh"; say doing; fail why'], capture_output=True, text=True, check=False, timeout=60
    )
    assert (said.returncode, said.stderr) == (1, "== doing\ncannot go on: why\n")
