"""Packing: cues as bytes for the wire, and back."""

from __future__ import annotations

import struct

import numpy as np

from messages.cues import (
    KEY_COUNT,
    SIGNALS,
    BlendChange,
    BlendContributions,
    CueWithdrawal,
    ModelChange,
    NoteAttribution,
    NoteCue,
    NoteRelease,
    NoteSource,
    StageMessage,
    Turn,
    TurnChange,
    VisitEndWarning,
    WrittenText,
)

_KIND = struct.Struct("<B")
_CUE = struct.Struct("<BQqqBBBfHH")
_RELEASE = struct.Struct("<BQq")
_WITHDRAWAL = struct.Struct("<BQq")
_TURN_CHANGE = struct.Struct("<BqBq")
_VISIT_END_WARNING = struct.Struct("<Bqq")
_BLEND_CHANGE = struct.Struct("<BqfB")
_CONTRIBUTIONS = struct.Struct("<BQBH")
_WRITTEN_TEXT = struct.Struct("<BQ")
_ATTRIBUTION = struct.Struct("<BQB")
_ATTRIBUTION_ENTRY = np.dtype([("back", "<u2"), ("share", "<f2")])
_MAX_CUES_BACK = np.iinfo(np.uint16).max
_TAG = {
    NoteCue: 1,
    NoteRelease: 2,
    CueWithdrawal: 3,
    TurnChange: 4,
    ModelChange: 5,
    NoteAttribution: 6,
    VisitEndWarning: 7,
    BlendChange: 8,
    WrittenText: 9,
    BlendContributions: 10,
}


def cue_size(layers: int, units: int) -> int:
    """Bytes of a packed cue of a network of that size."""
    return _CUE.size + 2 * (layers * len(SIGNALS) * units + KEY_COUNT)


def contributions_size(styles: int, units: int) -> int:
    """Bytes of a packed `BlendContributions` of so many networks of that size."""
    return _CONTRIBUTIONS.size + styles * (8 + 2 * (KEY_COUNT + units))


def pack(message: StageMessage) -> bytes:
    """Bytes of a message; activations and probabilities travel as float16."""
    tag = _TAG[type(message)]
    match message:
        case NoteCue():
            layers, _, units = message.activations.shape
            head = _CUE.pack(
                tag,
                message.serial,
                message.due,
                message.duration,
                message.pitch,
                message.velocity,
                message.source,
                message.surprise,
                layers,
                units,
            )
            return (
                head
                + message.activations.astype("<f2").tobytes()
                + message.next_key_probabilities.astype("<f2").tobytes()
            )
        case NoteRelease():
            return _RELEASE.pack(tag, message.serial, message.at)
        case CueWithdrawal():
            return _WITHDRAWAL.pack(tag, message.serial, message.at)
        case TurnChange():
            return _TURN_CHANGE.pack(tag, message.due, message.turn, message.beat_ns)
        case VisitEndWarning():
            return _VISIT_END_WARNING.pack(tag, message.at, message.ends_at)
        case BlendChange():
            head = _BLEND_CHANGE.pack(tag, message.at, message.temperature, len(message.names))
            weights = np.array(message.weights, "<f4").tobytes()
            return head + weights + "\0".join(message.names).encode()
        case BlendContributions():
            head = _CONTRIBUTIONS.pack(tag, message.serial, *message.hidden.shape)
            chances = np.stack([message.weights, message.note_probs]).astype("<f4").tobytes()
            states = np.concatenate([message.next_key_probabilities, message.hidden], axis=1)
            return head + chances + states.astype("<f2").tobytes()
        case WrittenText():
            return _WRITTEN_TEXT.pack(tag, message.serial) + message.text.encode()
        case ModelChange():
            return _KIND.pack(tag) + message.path.encode()
        case NoteAttribution():
            back = message.serial - message.cause_serials
            near = np.flatnonzero(back <= _MAX_CUES_BACK)[-255:]
            entries = np.empty(len(near), _ATTRIBUTION_ENTRY)
            entries["back"], entries["share"] = back[near], message.contributions[near]
            return _ATTRIBUTION.pack(tag, message.serial, len(near)) + entries.tobytes()


def unpack(data: bytes) -> StageMessage:
    """The message of some bytes.

    Raises
    ------
    ValueError
        If they are no message.
    """
    try:
        return _unpack(data)
    except (struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"not a message: {error}") from error


def _unpack(data: bytes) -> StageMessage:
    (tag,) = _KIND.unpack_from(data)
    if tag == _TAG[NoteCue]:
        _, serial, due, duration, pitch, velocity, source, surprise, layers, units = (
            _CUE.unpack_from(data)
        )
        if len(data) != cue_size(layers, units):
            raise ValueError(f"not a message: a cue of {len(data)} bytes")
        numbers = np.frombuffer(data, "<f2", offset=_CUE.size).astype(np.float32)
        activations = numbers[:-KEY_COUNT].reshape(layers, len(SIGNALS), units)
        return NoteCue(
            serial,
            due,
            duration,
            pitch,
            velocity,
            NoteSource(source),
            surprise,
            activations,
            numbers[-KEY_COUNT:],
        )
    if tag == _TAG[NoteRelease]:
        return NoteRelease(*_RELEASE.unpack(data)[1:])
    if tag == _TAG[CueWithdrawal]:
        return CueWithdrawal(*_WITHDRAWAL.unpack(data)[1:])
    if tag == _TAG[TurnChange]:
        _, due, turn, beat = _TURN_CHANGE.unpack(data)
        return TurnChange(due, Turn(turn), beat)
    if tag == _TAG[VisitEndWarning]:
        return VisitEndWarning(*_VISIT_END_WARNING.unpack(data)[1:])
    if tag == _TAG[BlendChange]:
        return _unpack_blend_change(data)
    if tag == _TAG[BlendContributions]:
        return _unpack_contributions(data)
    if tag == _TAG[WrittenText]:
        _, serial = _WRITTEN_TEXT.unpack_from(data)
        return WrittenText(serial, data[_WRITTEN_TEXT.size :].decode())
    if tag == _TAG[ModelChange]:
        return ModelChange(data[1:].decode())
    if tag == _TAG[NoteAttribution]:
        _, serial, count = _ATTRIBUTION.unpack_from(data)
        if len(data) != _ATTRIBUTION.size + count * _ATTRIBUTION_ENTRY.itemsize:
            raise ValueError(f"not a message: reasons of {len(data)} bytes")
        entries = np.frombuffer(data, _ATTRIBUTION_ENTRY, offset=_ATTRIBUTION.size)
        serials = serial - entries["back"].astype(np.int64)
        return NoteAttribution(serial, serials, entries["share"].astype(np.float32))
    raise ValueError(f"not a message: tag {tag}")


def _unpack_blend_change(data: bytes) -> BlendChange:
    _, at, temperature, count = _BLEND_CHANGE.unpack_from(data)
    names = data[_BLEND_CHANGE.size + 4 * count :].decode().split("\0") if count else []
    weights = np.frombuffer(data, "<f4", count, _BLEND_CHANGE.size) if count else np.empty(0)
    return BlendChange(at, tuple(names), tuple(weights.tolist()), temperature)


def _unpack_contributions(data: bytes) -> BlendContributions:
    _, serial, styles, units = _CONTRIBUTIONS.unpack_from(data)
    if len(data) != contributions_size(styles, units):
        raise ValueError(f"not a message: shares of {len(data)} bytes")
    chances = np.frombuffer(data, "<f4", 2 * styles, _CONTRIBUTIONS.size).reshape(2, styles)
    states = np.frombuffer(data, "<f2", offset=_CONTRIBUTIONS.size + 8 * styles).astype(np.float32)
    states = states.reshape(styles, KEY_COUNT + units)
    return BlendContributions(
        serial, chances[0], chances[1], states[:, :KEY_COUNT], states[:, KEY_COUNT:]
    )
