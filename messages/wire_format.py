"""Packing: cues as bytes for the wire, and back."""

from __future__ import annotations

import struct

import numpy as np

from messages.cues import (
    KEYS,
    SIGNALS,
    Blending,
    Cue,
    Message,
    Reasons,
    Release,
    Shares,
    Source,
    StyleChange,
    Turn,
    TurnChange,
    Waning,
    Withdrawal,
    Written,
)

_KIND = struct.Struct("<B")
_CUE = struct.Struct("<BQqqBBBfHH")
_RELEASE = struct.Struct("<BQq")
_WITHDRAWAL = struct.Struct("<BQq")
_TURN = struct.Struct("<BqBq")
_WANING = struct.Struct("<Bqq")
_BLENDING = struct.Struct("<BqfB")
_SHARES = struct.Struct("<BQBH")
_WRITTEN = struct.Struct("<BQ")
_REASONS = struct.Struct("<BQB")
_REASON = np.dtype([("back", "<u2"), ("share", "<f2")])
_FURTHEST = np.iinfo(np.uint16).max
_TAG = {
    Cue: 1,
    Release: 2,
    Withdrawal: 3,
    TurnChange: 4,
    StyleChange: 5,
    Reasons: 6,
    Waning: 7,
    Blending: 8,
    Written: 9,
    Shares: 10,
}


def cue_size(layers: int, units: int) -> int:
    """Bytes of a packed cue of a network of that size."""
    return _CUE.size + 2 * (layers * len(SIGNALS) * units + KEYS)


def shares_size(styles: int, units: int) -> int:
    """Bytes of a packed `Shares` of so many networks of that size."""
    return _SHARES.size + styles * (8 + 2 * (KEYS + units))


def pack(message: Message) -> bytes:
    """Bytes of a message; activations and probabilities travel as float16."""
    tag = _TAG[type(message)]
    match message:
        case Cue():
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
                + message.ahead.astype("<f2").tobytes()
            )
        case Release():
            return _RELEASE.pack(tag, message.serial, message.at)
        case Withdrawal():
            return _WITHDRAWAL.pack(tag, message.serial, message.at)
        case TurnChange():
            return _TURN.pack(tag, message.due, message.turn, message.beat)
        case Waning():
            return _WANING.pack(tag, message.at, message.until)
        case Blending():
            head = _BLENDING.pack(tag, message.at, message.temperature, len(message.names))
            weights = np.array(message.weights, "<f4").tobytes()
            return head + weights + "\0".join(message.names).encode()
        case Shares():
            head = _SHARES.pack(tag, message.serial, *message.hidden.shape)
            chances = np.stack([message.weights, message.given]).astype("<f4").tobytes()
            states = np.concatenate([message.ahead, message.hidden], axis=1)
            return head + chances + states.astype("<f2").tobytes()
        case Written():
            return _WRITTEN.pack(tag, message.serial) + message.text.encode()
        case StyleChange():
            return _KIND.pack(tag) + message.path.encode()
        case Reasons():
            back = message.serial - message.serials
            near = np.flatnonzero(back <= _FURTHEST)[-255:]
            entries = np.empty(len(near), _REASON)
            entries["back"], entries["share"] = back[near], message.shares[near]
            return _REASONS.pack(tag, message.serial, len(near)) + entries.tobytes()


def unpack(data: bytes) -> Message:
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


def _unpack(data: bytes) -> Message:
    (tag,) = _KIND.unpack_from(data)
    if tag == _TAG[Cue]:
        _, serial, due, duration, pitch, velocity, source, surprise, layers, units = (
            _CUE.unpack_from(data)
        )
        if len(data) != cue_size(layers, units):
            raise ValueError(f"not a message: a cue of {len(data)} bytes")
        numbers = np.frombuffer(data, "<f2", offset=_CUE.size).astype(np.float32)
        activations = numbers[:-KEYS].reshape(layers, len(SIGNALS), units)
        return Cue(
            serial,
            due,
            duration,
            pitch,
            velocity,
            Source(source),
            surprise,
            activations,
            numbers[-KEYS:],
        )
    if tag == _TAG[Release]:
        return Release(*_RELEASE.unpack(data)[1:])
    if tag == _TAG[Withdrawal]:
        return Withdrawal(*_WITHDRAWAL.unpack(data)[1:])
    if tag == _TAG[TurnChange]:
        _, due, turn, beat = _TURN.unpack(data)
        return TurnChange(due, Turn(turn), beat)
    if tag == _TAG[Waning]:
        return Waning(*_WANING.unpack(data)[1:])
    if tag == _TAG[Blending]:
        return _unpack_blending(data)
    if tag == _TAG[Shares]:
        return _unpack_shares(data)
    if tag == _TAG[Written]:
        _, serial = _WRITTEN.unpack_from(data)
        return Written(serial, data[_WRITTEN.size :].decode())
    if tag == _TAG[StyleChange]:
        return StyleChange(data[1:].decode())
    if tag == _TAG[Reasons]:
        _, serial, count = _REASONS.unpack_from(data)
        if len(data) != _REASONS.size + count * _REASON.itemsize:
            raise ValueError(f"not a message: reasons of {len(data)} bytes")
        entries = np.frombuffer(data, _REASON, offset=_REASONS.size)
        serials = serial - entries["back"].astype(np.int64)
        return Reasons(serial, serials, entries["share"].astype(np.float32))
    raise ValueError(f"not a message: tag {tag}")


def _unpack_blending(data: bytes) -> Blending:
    _, at, temperature, count = _BLENDING.unpack_from(data)
    names = data[_BLENDING.size + 4 * count :].decode().split("\0") if count else []
    weights = np.frombuffer(data, "<f4", count, _BLENDING.size) if count else np.empty(0)
    return Blending(at, tuple(names), tuple(weights.tolist()), temperature)


def _unpack_shares(data: bytes) -> Shares:
    _, serial, styles, units = _SHARES.unpack_from(data)
    if len(data) != shares_size(styles, units):
        raise ValueError(f"not a message: shares of {len(data)} bytes")
    chances = np.frombuffer(data, "<f4", 2 * styles, _SHARES.size).reshape(2, styles)
    states = np.frombuffer(data, "<f2", offset=_SHARES.size + 8 * styles).astype(np.float32)
    states = states.reshape(styles, KEYS + units)
    return Shares(serial, chances[0], chances[1], states[:, :KEYS], states[:, KEYS:])
