"""A project whose training takes seconds: the product's own, with a few messages of each intent."""

import re
import shutil
from pathlib import Path

from tests.support.processes import ROOT


def small_project(folder: Path, messages: int = 8) -> Path:
    """Copy what a model is made from and compared with; ``messages`` of each intent stay."""
    project = folder / "project"
    project.mkdir(parents=True)
    for name in ("config.yml", "domain.yml", "credentials.yml"):
        shutil.copy(ROOT / name, project)
    for name in ("nlu_data", "knowledge"):
        shutil.copytree(ROOT / name, project / name)
    shutil.copytree(ROOT / "engine", project / "engine", ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    for path in (project / "nlu_data" / "nlu").glob("*.yml"):
        path.write_text(_thinned(path.read_text(), messages))
    for folder_name in ("nlu", "safety"):
        (project / "tests" / folder_name).mkdir(parents=True)
    return project


def _thinned(written: str, messages: int) -> str:
    kept: list[str] = []
    count = 0
    for line in written.splitlines():
        if re.match(r"\s*- intent:", line):
            count = 0
        elif re.match(r"\s+- ", line):
            count += 1
            if count > messages:
                continue
        kept.append(line)
    return "\n".join(kept) + "\n"
