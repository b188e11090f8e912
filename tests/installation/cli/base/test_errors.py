from __future__ import annotations

import weakref

import pytest
import typer

from installation.cli.base.errors import exit_on_error


def test_an_expected_error_is_one_line_and_status_2(capsys):
    with pytest.raises(typer.Exit) as caught, exit_on_error(ValueError):
        raise ValueError("no such\n  file")
    assert caught.value.exit_code == 2
    assert capsys.readouterr().err == "hidden-state: no such file\n"


def test_an_error_without_words_is_named_by_its_kind(capsys):
    with pytest.raises(typer.Exit), exit_on_error(OSError):
        raise OSError
    assert capsys.readouterr().err == "hidden-state: OSError\n"


def test_any_other_error_passes():
    with pytest.raises(KeyError), exit_on_error(ValueError):
        raise KeyError("bug")


def test_an_expected_error_holds_nothing_alive():
    class Instrument:
        pass

    def fail():
        instrument = Instrument()
        alive.append(weakref.ref(instrument))
        raise ValueError("no such file")

    alive = []
    with pytest.raises(typer.Exit), exit_on_error(ValueError):
        fail()
    assert alive[0]() is None
