"""Names a browser in words that its owner recognises; a list for people, not for decisions."""

from bot.desk.sessions import Device
from bot.desk.web import AnyRequest, client_address

# The first mark that is there decides: many browsers also name those they descend from.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi", "Vivaldi"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_of(request: AnyRequest) -> Device:
    """What to remember of the browser behind a request."""
    return Device(describe(request.headers.get("user-agent", "")), client_address(request))


def describe(agent: str) -> str:
    """Browser and system out of a ``User-Agent`` header: "Firefox, Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "Inna przeglądarka")
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    return f"{browser}, {system}" if system else browser
