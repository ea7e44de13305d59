"""``python -m benchmarks.widget_sizes``: what a browser loads for a chat widget, ours and three others, in gzip.

The others are taken with ``npm pack`` from the npm registry that npm is set up for, in their newest versions, and
measured as their packages ship them for a script element. Needs npm and a network; writes build/widget_sizes.md.
"""

import gzip
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from channels.web.assets import HERE, WebAssets
from tests.support.processes import ROOT

OTHERS = (
    ("deep-chat", ("dist/deepChat.bundle.js",)),
    ("rasa-webchat", ("lib/index.js",)),
    ("botframework-webchat", ("dist/webchat-minimal.js",)),
)
"""Package, and the file a page loads for the smallest working chat."""


def packed(data: bytes) -> int:
    """Size in bytes as a server would send it."""
    return len(gzip.compress(data, 9, mtime=0))


def ours() -> tuple[int, int]:
    """Return the size of the loader and of everything, all languages included."""
    loader = packed(WebAssets.loader.body)
    return loader, loader + sum(packed(path.read_bytes()) for path in (HERE / "static" / "assistant").glob("*.js"))


def other(name: str, files: tuple[str, ...], folder: Path) -> tuple[str, int]:
    """Fetch a package and return its version and the size of its files."""
    done = subprocess.run(
        ["npm", "pack", name, "--json", "--silent", "--pack-destination", str(folder)],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    about = json.loads(done.stdout)[0]
    with tarfile.open(folder / about["filename"].replace("@", "").replace("/", "-")) as package:
        size = 0
        for file in files:
            content = package.extractfile(f"package/{file}")
            if content is None:
                raise FileNotFoundError(file)
            size += packed(content.read())
    return about["version"], size


def main() -> int:
    """Print and write the table."""
    loader, everything = ours()
    rows = [("this widget: loader", "", loader), ("this widget: everything", "", everything)]
    with tempfile.TemporaryDirectory() as folder:
        for name, files in OTHERS:
            version, size = other(name, files, Path(folder))
            rows.append((f"{name} ({', '.join(files)})", version, size))
    lines = ["| widget | version | kB, gzip | times ours |", "|---|---|---|---|"]
    lines += [f"| {name} | {version} | {size / 1024:.1f} | {size / everything:.1f} |" for name, version, size in rows]
    table = "\n".join(lines)
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build" / "widget_sizes.md").write_text(table + "\n", encoding="utf-8")
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
