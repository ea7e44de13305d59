"""What stands beside a conversation: one template for each section, in order. A new section adds its template here.

Each section is a ``<section>`` with a heading; all of them are refreshed together, so an element that a person may be
changing just then needs an ``id`` and the attribute ``data-zostaw`` (it is left alone while it has the focus).
"""

SECTIONS = (
    "czesci/panel_sprawa.html",
    "czesci/panel_notatki.html",
    "czesci/panel_rozmowa.html",
    "czesci/panel_historia.html",
    "czesci/panel_dane.html",
)
