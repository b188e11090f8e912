"""The audience's desk: all that its page uses, and what is done for it several times a second."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from installation.config import CrowdSettings, WebSettings
from installation.process.control_pipe import PipeMessage
from installation.web.audience.broadcast import Broadcast
from installation.web.audience.note_feed import NoteFeed
from installation.web.audience.opinions import Crowd
from installation.web.audience.qr_codes import encode_code, wifi_text
from installation.web.audience.voices import RequestBudget, VoiceRegister
from messages.clock import MILLISECOND, SECOND
from messages.crowd import AudienceCode, AudienceCodes

TICK_S = 0.25  # time between two events, seconds
SILENT_INTERVAL_NS = 2 * SECOND  # time after which an event comes though nothing is new, ns
CODE_INTERVAL_NS = 5 * SECOND  # time after which a restarted stage is told the codes again, ns
WILDCARD_HOSTS = ("0.0.0.0", "::")


class AudienceDesk:
    """Follows the piece, tells the phones of it, and passes their mean opinion on.

    Parameters
    ----------
    settings : WebSettings
    bounds : CrowdSettings
    feed : NoteFeed
    send : callable
        Sends a message to the supervisor.
    now : callable
        The monotonic clock, ns.
    """

    def __init__(
        self,
        settings: WebSettings,
        bounds: CrowdSettings,
        feed: NoteFeed,
        send: Callable[[PipeMessage], None],
        now: Callable[[], int],
    ) -> None:
        self.voices, self.budget, self.crowd = VoiceRegister(), RequestBudget(now), Crowd(bounds)
        self.broadcast = Broadcast(self._greet)
        self.now = now
        self._settings, self._feed, self._send = settings, feed, send
        self._styles: tuple[str, ...] = ()
        self._host = "" if settings.host in WILDCARD_HOSTS else settings.host
        self._codes = AudienceCodes()
        self._told: dict[str, object] = {}  # of what changes seldom
        self._published_at = self._codes_sent_at = 0

    def set_addresses(self, addresses: Sequence[str]) -> None:
        """Learn the addresses of this machine."""
        if self._settings.host in WILDCARD_HOSTS:
            self._host = addresses[0] if addresses else ""
        self._codes = AudienceCodes(tuple(self._encode_codes()))

    def tick(self, styles: Sequence[str]) -> None:
        """Do what is due; `styles` are the names of those that play."""
        now, self._styles = self.now(), tuple(styles)
        change = self.crowd.update(now, len(self._styles))
        if change is not None:
            self._send(change)
        news = self._feed.poll(now)
        seldom = self._describe_seldom()
        news |= {name: value for name, value in seldom.items() if self._told.get(name) != value}
        self._told = seldom
        if news or now - self._published_at >= SILENT_INTERVAL_NS:
            self._published_at = now
            self.broadcast.publish(self._encode(news))
        if now - self._codes_sent_at >= CODE_INTERVAL_NS:
            self._codes_sent_at = now
            self._send(self._codes)

    @property
    def address(self) -> str:
        """Where phones find the page; empty without a network."""
        return f"{self._host}:{self._settings.audience_port}" if self._host else ""

    def _describe_seldom(self) -> dict[str, object]:
        return {"crowd": self.crowd.describe(), "styles": self._styles}

    def _greet(self) -> str:
        return self._encode(self._feed.describe() | self._describe_seldom())

    def _encode(self, values: dict[str, object]) -> str:
        return json.dumps({"t": self.now() // MILLISECOND} | values, separators=(",", ":"))

    def _encode_codes(self) -> list[AudienceCode]:
        settings, codes = self._settings, []
        if settings.wifi:
            text = wifi_text(settings.wifi, settings.wifi_password.get_secret_value())
            codes.append(encode_code("wifi", text, settings.wifi))
        if self.address:
            codes.append(encode_code("join", f"http://{self.address}", self.address))
        return codes
