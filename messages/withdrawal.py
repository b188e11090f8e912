"""The rule for withdrawing: events due after a moment are dropped, events due by then happen."""

from __future__ import annotations

from messages.cues import BandCue, CueWithdrawal, NoteCue, NoteSource, StageMessage


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


def is_cue_withdrawn(message: StageMessage, withdrawal: CueWithdrawal) -> bool:
    """Whether a withdrawal drops a message, which then must be a cue.

    Parameters
    ----------
    message : StageMessage
    withdrawal : CueWithdrawal

    Returns
    -------
    bool
        For cues of notes as `is_note_withdrawn` tells. True for any cue of the band due after
        `withdrawal.at`; False for messages that are no cues.
    """
    match message:
        case NoteCue():
            return is_note_withdrawn(message.source, message.serial, message.due, withdrawal)
        case BandCue():
            return is_withdrawn(message.due, withdrawal.at)
    return False


def is_note_withdrawn(source: NoteSource, serial: int, due: int, withdrawal: CueWithdrawal) -> bool:
    """Whether a withdrawal drops the cue of a note.

    Parameters
    ----------
    source : NoteSource
    serial : int
    due : int
        Time of the note, ns.
    withdrawal : CueWithdrawal

    Returns
    -------
    bool
        True for a note of the network that is due after `withdrawal.at` and has the serial number
        `withdrawal.serial` or a higher one. Notes of the visitor always stay.
    """
    return (
        source is not NoteSource.VISITOR
        and serial >= withdrawal.serial
        and is_withdrawn(due, withdrawal.at)
    )
