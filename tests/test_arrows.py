"""The arrows of architecture.md: who may import whom. import-linter checks pyproject's contracts; what it can't say is here."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("wire", "disk", "edge_agent", "service", "ilex")

PURE = {
    # Types, numbers, containers, bytes in memory: nothing that knows the time, a file, a socket or an event loop.
    "__future__", "array", "bisect", "collections", "dataclasses", "enum", "functools", "io", "itertools", "math", "operator", "pickle",
    "statistics", "typing", "msgspec", "numpy",
}  # fmt: skip


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"]
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(folder), "PATH": ""}, capture_output=True, text=True, check=False)


def test_the_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("wire/plan.py", "import edge_agent"),
        ("wire/plan.py", "import service.analysis"),
        ("edge_agent/agent.py", "import service.analysis"),
        ("service/app.py", "import edge_agent.agent"),
        ("edge_agent/agent.py", "import fastapi"),
        ("edge_agent/agent.py", "import service"),
        ("service/app.py", "import ilex"),
        ("disk/door.py", "import wire"),
        ("service/analysis/filters.py", "import disk"),
        ("service/analysis/filters.py", "import time"),
        ("service/analysis/filters.py", "import asyncio"),
        ("service/analysis/filters.py", "import scipy.signal"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, module: str, line: str) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "web"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a") as file:
        file.write(f"\n{line}\n")
    assert lint(tmp_path).returncode == 1


def test_the_analysis_imports_the_wire_and_nothing_with_a_clock() -> None:
    graph = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
    modules = {"service.analysis", *graph.find_descendants("service.analysis")}
    imported = {(each, target) for each in modules for target in graph.find_modules_directly_imported_by(each)}
    foreign = {
        (each, target)
        for each, target in imported
        if not target.startswith(("wire.", "service.analysis")) and target.partition(".")[0] not in PURE
    }
    assert foreign == set()
    assert any(target.startswith("wire.") for _, target in imported)


PRODUCTS = {"dot", "vdot", "inner", "matmul", "tensordot", "einsum", "linalg", "polyfit", "convolve", "correlate"}


def products(source: str) -> list[int]:
    """The lines that have something multiplied and summed by a library for linear algebra."""
    nodes = list(ast.walk(ast.parse(source)))
    operators = [node for node in nodes if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.MatMult)]
    names = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr in PRODUCTS]
    return sorted(node.lineno for node in (*operators, *names))


def test_the_analysis_is_the_same_bits_on_any_number_of_cores() -> None:
    """Goal of the replay, decision 0219: such a library sums by threads, and by the processor's widest registers."""
    assert products("a = b @ c\nnp.linalg.lstsq(a, b)\nb *= c") == [1, 2]
    found = {str(path): lines for path in (ROOT / "service/analysis").rglob("*.py") if (lines := products(path.read_text()))}
    assert found == {}
