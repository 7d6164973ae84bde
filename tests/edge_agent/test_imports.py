"""issue 2, 1: the edge agent imports none of the service's dependencies, and nothing of the service."""

import subprocess
import sys

PROBE = """
import importlib, pkgutil, sys
import edge_agent
for module in pkgutil.walk_packages(edge_agent.__path__, "edge_agent."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
FORBIDDEN = {
    "service", "fastapi", "starlette", "uvicorn", "uvloop", "websockets", "sqlalchemy", "aiosqlite", "alembic",
    "scipy", "gmqtt", "prometheus_client", "platformdirs",
}  # fmt: skip


def imported(code: str) -> set[str]:
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_no_module_of_the_edge_needs_the_service() -> None:
    assert FORBIDDEN & imported(PROBE) == set()


def test_the_readers_of_files_are_imported_only_for_files() -> None:
    assert {"pyarrow", "mcap"} & imported("import sys, edge_agent.cli; print(*sys.modules)") == set()
