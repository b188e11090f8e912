"""The rule for withdrawing: events due after a moment are dropped, events due by then happen."""

from __future__ import annotations

from messages.cues import BandCue, CueWithdrawal, NoteCue, NoteSource


def is_withdrawn(due: int, at: int) -> bool:
    """Whether a withdrawal after the time `at` drops an event.

    Parameters
    ----------
    due, at : int
        Time of the event and of the withdrawal, in the same unit (ns or audio frames).

    Returns
    -------
    bool
        False for an event due at `at` exactly: it still happens.
    """
    return due > at


def is_cue_withdrawn(cue: NoteCue | BandCue, withdrawal: CueWithdrawal) -> bool:
    """Whether a withdrawal drops a cue.

    Parameters
    ----------
    cue : NoteCue or BandCue
    withdrawal : CueWithdrawal

    Returns
    -------
    bool
        True for a cue of the network that is due after `withdrawal.at` and has the serial number
        `withdrawal.serial` or a higher one, and for any cue of the band due after `withdrawal.at`.
        Cues of the visitor always stay.
    """
    if isinstance(cue, BandCue):
        return is_withdrawn(cue.due, withdrawal.at)
    return (
        cue.source is not NoteSource.VISITOR
        and cue.serial >= withdrawal.serial
        and is_withdrawn(cue.due, withdrawal.at)
    )
