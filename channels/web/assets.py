"""The widget's files and the demo page, kept in memory, compressed once.

The modules live under a path with a hash of their content: browsers may keep them for ever, and a loader
always gets modules that belong together.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Controller, Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException

HERE = Path(__file__).parent
VERSION_MARK = "__VERSION__"
TYPES: Mapping[str, str] = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}
LOADER_SECONDS = 300
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "require-trusted-types-for 'script'",
    )
)
"""The demo page proves that the widget needs nothing inline and writes no HTML."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    body: bytes
    packed: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, body: bytes, suffix: str) -> "Asset":
        """Prepare a file's content."""
        # A fixed time stamp: the same content is the same bytes on every gateway.
        packed = gzip.compress(body, compresslevel=9, mtime=0)
        return cls(body, packed, TYPES[suffix], f'"{hashlib.sha256(body).hexdigest()[:16]}"')


HOSTILE_POLICY = (
    PAGE_POLICY.replace("frame-ancestors 'self'", "frame-src 'self'; frame-ancestors 'none'")
    + "; trusted-types 'none'"
)
"""As strict, but for the frame that shows the demo page."""


def _load() -> tuple[str, dict[str, Asset], Asset, Asset, Asset]:
    files = {path.name: path for path in sorted((HERE / "static" / "assistant").glob("*.js"))}
    bodies = {name: path.read_bytes() for name, path in files.items()}
    digest = hashlib.sha256()
    for name, body in bodies.items():
        digest.update(name.encode() + b"\0" + body + b"\0")
    version = digest.hexdigest()[:12]
    modules = {name: Asset.of(body, ".js") for name, body in bodies.items()}
    loader = (HERE / "static" / "widget.js").read_text(encoding="utf-8").replace(VERSION_MARK, version)
    page = (HERE / "demo.html").read_bytes()
    for path in (HERE / "static").glob("demo*"):
        modules[path.name] = Asset.of(path.read_bytes(), path.suffix)
    hostile = (HERE / "hostile.html").read_bytes()
    pages = (Asset.of(page, ".html"), Asset.of(hostile, ".html"))
    return version, modules, Asset.of(loader.encode(), ".js"), *pages


class WebAssets(Controller):
    """Serves what a browser loads. The files are public, so any website may fetch them."""

    include_in_schema = False
    version, files, loader, page, hostile = _load()

    @get("/")
    async def demo(self, request: Request[Any, Any, State]) -> Response[bytes]:
        """Show a page that looks like an office's site, with the widget on it."""
        return _send(request, self.page, "no-cache", _page_headers(PAGE_POLICY))

    @get("/trudna-strona")
    async def hostile_demo(self, request: Request[Any, Any, State]) -> Response[bytes]:
        """Show the widget inside a page that does everything to break it."""
        return _send(request, self.hostile, "no-cache", _page_headers(HOSTILE_POLICY))

    @get("/widget.js")
    async def widget(self, request: Request[Any, Any, State]) -> Response[bytes]:
        """Send the loader: the one file that a website names."""
        return _send(request, self.loader, f"public, max-age={LOADER_SECONDS}", PUBLIC)

    @get("/static/web/{version:str}/{name:str}")
    async def file(self, request: Request[Any, Any, State], version: str, name: str) -> Response[bytes]:
        """Send one file of the widget or the demo page."""
        asset = self.files.get(name)
        if asset is None:
            raise NotFoundException
        # Right after an update an old loader may still name the former version: it gets the present one.
        known = version == self.version
        return _send(request, asset, "public, max-age=31536000, immutable" if known else "no-cache", PUBLIC)


PUBLIC = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def _page_headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _send(request: Request[Any, Any, State], asset: Asset, cache: str, extra: Mapping[str, str]) -> Response[bytes]:
    headers = {"Cache-Control": cache, "ETag": asset.tag, "Vary": "Accept-Encoding", **extra}
    if asset.tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, headers=headers, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
