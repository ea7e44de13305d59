"""How a note shows whom it names: the login that was typed becomes the name of the colleague."""

from collections.abc import Mapping

from markupsafe import Markup, escape

from bot.hub.notes import MENTION


def marked(text: str, names: Mapping[str, str]) -> Markup:
    """Escape a note and mark each ``@login`` of ``names`` (by login) with the person's name."""
    shown = Markup()
    done = 0
    for found in MENTION.finditer(text):
        name = names.get(found[1].casefold())
        if name is None:
            continue
        shown += escape(text[done : found.start()]) + Markup("<strong class='wzmianka'>@{}</strong>").format(name)
        done = found.end()
    return shown + escape(text[done:])
