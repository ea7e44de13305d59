"""Files for a spreadsheet: what a Polish program opens without questions."""

import csv
import io
from collections.abc import Iterable

MARK = "\ufeff"
"""Stands at the start and says that the file is UTF-8."""


def inert(text: str) -> str:
    """Keep what people typed from being run: a spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def lines_of(rows: Iterable[Iterable[object]]) -> str:
    """Write rows, separated by semicolons as a decimal comma wants it."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue()
