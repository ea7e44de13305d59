"""Results as a table for people, and as JSON for whoever wants to compare runs."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """One measured thing. The ratio is what carries over to another machine; the numbers do not."""

    part: str
    what: str
    ratio: str = ""
    ours: str = ""
    stock: str = ""
    wanted: str = ""
    reached: bool | None = None
    note: str = ""


HEADINGS = ("what", "ratio", "ours", "stock", "wanted", "")


def _cells(line: Line) -> tuple[str, ...]:
    verdict = "" if line.reached is None else ("reached" if line.reached else "MISSED")
    return (line.what, line.ratio, line.ours, line.stock, line.wanted, verdict)


def table(lines: list[Line]) -> str:
    """Return the lines as a table in Markdown that is readable as it stands."""
    rows = [HEADINGS, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)


def notes(lines: list[Line]) -> str:
    """Return the lines' notes as a list."""
    return "\n".join(f"- {line.what}: {line.note}" for line in lines if line.note)


def write(folder: Path, lines: list[Line], machine: dict[str, str], raw: dict[str, object]) -> None:
    """Write ``bench.md`` and ``bench.json`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    about = ", ".join(f"{name}: {value}" for name, value in machine.items())
    text = f"# Benchmarks of {at}\n\n{about}\n\n{table(lines)}\n\n{notes(lines)}\n"
    (folder / "bench.md").write_text(text, encoding="utf-8")
    content = {"at": at, "machine": machine, "lines": [asdict(line) for line in lines], "raw": raw}
    (folder / "bench.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
