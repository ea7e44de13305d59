"""Part ``massive``: the intent classifier on a public benchmark; runs in the engine's environment."""

import json
import subprocess
from pathlib import Path

from benchmarks.report import Line
from benchmarks.sides import RUNS
from tests.support.processes import ENGINE_PYTHON, ROOT


def measure(directory: Path) -> tuple[list[Line], dict[str, object]]:
    """Run ``massive.py`` on the tab-separated files in ``directory``."""
    if not directory.is_dir():
        note = f"skipped: {directory} is not there (--massive DIRECTORY)"
        return [Line("massive", "MASSIVE pl-PL", note=note)], {}
    RUNS.mkdir(parents=True, exist_ok=True)
    target = RUNS / "massive.json"
    subprocess.run(
        [str(ENGINE_PYTHON), "benchmarks/massive.py", str(directory.resolve()), "--json", str(target.resolve())],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    found: dict[str, float] = json.loads(target.read_text())
    lines = [
        Line("massive", f"MASSIVE pl-PL: {name.replace('_', ' ')}", ours=str(value)) for name, value in found.items()
    ]
    return lines, dict(found)
