"""The files a browser loads: small, cacheable, without anything inline and without written HTML."""

import gzip
import re

import httpx
import pytest

from channels.web import assets
from channels.web.assets import WebAssets
from channels.web.limits import SlidingWindow
from tests.support.processes import Product

STATIC = assets.HERE / "static"
MODULES = sorted((STATIC / "assistant").glob("*.js"))


def packed(data: bytes) -> int:
    return len(gzip.compress(data, 9, mtime=0))


def test_the_loader_and_the_whole_widget_keep_their_size() -> None:
    loader = packed(WebAssets.loader.body)
    everything = loader + sum(packed(path.read_bytes()) for path in MODULES)
    assert loader <= 5 * 1024
    assert everything <= 40 * 1024


def test_the_loader_asks_for_every_module_at_once() -> None:
    loader = (STATIC / "widget.js").read_text()
    listed = re.search(r"MODULES = \[(.*?)\]", loader, re.S)
    assert listed
    named = set(re.findall(r'"(\w+)"', listed[1]))
    on_demand = {path.stem for path in MODULES if path.stem.startswith("texts_")}
    assert named | {"element"} == {path.stem for path in MODULES} - on_demand


@pytest.mark.parametrize("path", [*MODULES, STATIC / "widget.js"], ids=lambda path: path.name)
def test_nothing_writes_html_or_needs_an_exception_from_a_strict_policy(path: object) -> None:
    source = path.read_text()  # type: ignore[attr-defined]
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in source
    assert not re.search(r"""from ["'](?!\./)""", source), "no foreign modules"


def test_the_demo_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    page = (assets.HERE / "demo.html").read_text()
    assert re.findall(r"<script[^>]*>", page) == ['<script async src="widget.js">']
    assert "<style" not in page
    assert not re.search(r"\s(style|on\w+)=", page)
    assert not re.search(r'(src|href)="(https?:)?//', page)


def test_modules_are_kept_by_browsers_and_the_loader_is_not(product: Product) -> None:
    with httpx.Client(base_url=product.url) as client:
        loader = client.get("/widget.js")
        assert loader.headers["cache-control"] == "public, max-age=300"
        assert loader.headers["content-encoding"] == "gzip"
        version = re.search(r"static/web/(\w+)/", loader.text)
        assert version
        module = client.get(f"/static/web/{version[1]}/element.js")
        assert module.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in module.headers["cache-control"]
        assert module.headers["access-control-allow-origin"] == "*"
        again = client.get("/widget.js", headers={"If-None-Match": loader.headers["etag"]})
        assert again.status_code == 304
        assert not again.content
        plain = client.get("/widget.js", headers={"Accept-Encoding": "identity"})
        assert plain.text == loader.text
        outdated = client.get("/static/web/000000000000/element.js")
        assert outdated.status_code == 200
        assert outdated.headers["cache-control"] == "no-cache"
        for missing in ("nothing.js", "..%2fwidget.js", "controllers.py"):
            assert client.get(f"/static/web/{version[1]}/{missing}").status_code == 404


def test_the_demo_page_is_under_a_strict_policy(product: Product) -> None:
    policy = httpx.get(product.url).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_window_lets_the_limit_through_and_then_says_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("channels.web.limits.time.monotonic", lambda: now)
    window = SlidingWindow(limit=2, seconds=10)
    assert [window.wait("a"), window.wait("a"), window.wait("a")] == [0, 0, 10]
    assert window.wait("b") == 0
    now = 107.5
    assert window.wait("a") == 3
    now = 110.0
    assert window.wait("a") == 0
