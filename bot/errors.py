"""Errors that stop the product from starting, each with one sentence that says what to do."""


class StartupError(Exception):
    """Something an operator must mend before the product can run; printed without a traceback."""
