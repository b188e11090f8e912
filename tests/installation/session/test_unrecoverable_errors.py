from __future__ import annotations

from installation.session.unrecoverable_errors import UNRECOVERABLE_ERRORS


def test_each_is_an_exception_of_ours_and_listed_once() -> None:
    assert len(set(UNRECOVERABLE_ERRORS)) == len(UNRECOVERABLE_ERRORS)
    for error in UNRECOVERABLE_ERRORS:
        assert issubclass(error, Exception)
        assert error.__module__.startswith(("installation.", "rnn."))
