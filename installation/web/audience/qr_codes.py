"""QR codes for the stage."""

from __future__ import annotations

from messages.crowd import AudienceCode


def encode_code(kind: str, text: str, caption: str) -> AudienceCode:
    """A QR code with as few modules as hold a text."""
    import segno

    code = segno.make(text, error="l", micro=False)  # a better correction that fits is taken
    return AudienceCode(kind, tuple(bytes(row) for row in code.matrix), caption)


def wifi_text(name: str, password: str) -> str:
    """What a phone needs to join a network."""
    from segno.helpers import make_wifi_data

    security = "WPA" if password else "nopass"
    return str(make_wifi_data(name, password or None, security))
