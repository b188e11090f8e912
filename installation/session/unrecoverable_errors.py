"""Errors that prevent a run and that a restart would not mend."""

from __future__ import annotations

from installation.io.audio.instruments import InstrumentError
from installation.io.control.osc import OscUnavailable
from installation.io.control.tempo_source import AbletonLinkUnavailable
from installation.io.midi.backend import MidiUnavailable, PortError
from installation.io.midi.file_input import MidiFileInputError
from installation.session.options import OutputPathError
from installation.state_out.state_outputs import SacnUnavailable
from installation.state_out.state_sources import StateSourceError
from rnn.model.checkpoint import CheckpointError
from rnn.styles import UnknownStyleError

UNRECOVERABLE_ERRORS = (
    OutputPathError,
    UnknownStyleError,
    CheckpointError,
    PortError,
    MidiUnavailable,
    InstrumentError,
    MidiFileInputError,
    OscUnavailable,
    AbletonLinkUnavailable,
    SacnUnavailable,
    StateSourceError,
)
"""Exception types of a file, model, port or library that was asked for and cannot be had."""
