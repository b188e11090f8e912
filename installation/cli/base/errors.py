"""Expected errors of a command: one line on stderr and exit status 2, never a traceback."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

INTERRUPTED_EXIT_STATUS = 130  # exit status after Ctrl-C: 128 plus the number of the signal


@contextmanager
def exit_on_error(*errors: type[BaseException]) -> Iterator[None]:
    """Turn errors that are raised inside into one line on stderr and exit status 2.

    Parameters
    ----------
    *errors : type of BaseException
        Those that are expected; others pass.

    Returns
    -------
    context manager

    Raises
    ------
    typer.Exit
    """
    try:
        yield
    except errors as error:
        traceback.clear_frames(error.__traceback__)  # a library may report their objects as leaks
        line = " ".join(str(error).split()) or type(error).__name__
        typer.echo(f"hidden-state: {line}", err=True)
        raise typer.Exit(2) from error
