"""Ending background work for certain."""

import asyncio
from collections.abc import Iterable
from typing import Any

INSIST_SECONDS = 2.0


async def end_tasks(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    """Cancel tasks until all have ended; None stands for one that was never begun.

    Once is not always enough: ``asyncio.wait_for`` of Python 3.11 loses a cancellation that comes in the moment in
    which what it waits for is done, and libraries use it.
    """
    left = {task for task in tasks if task is not None and not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=INSIST_SECONDS)
