"""Settings of the exhibit: window, visits, kiosk and log."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from installation.config.section import ConfigSection
from installation.opening_hours import OpeningHours, QuietHours, parse_time_of_day

PIN_HASH = re.compile(r"scrypt\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{86}==")
"""The hash of a PIN, as `installation.staff_pin` makes it."""


class StageSettings(ConfigSection):
    """The window.

    Parameters
    ----------
    scene : str
        Name of the first scene.
    fullscreen : bool
    width, height : int
        Size of the window, pixels.
    language : str
        Two-letter code of the language of the texts.
    rotate : float
        Time that each scene is shown while no visitor plays, seconds; 0 for one scene.
    reduced_motion : bool
        Whether decorative motion is left out.
    brightness : float
        From 0.1 to 1.
    quality : {"auto", "full", "light"}
        Level of detail.
    gpu : bool
        Whether OpenGL presents the picture.
    display : int
        Number of the screen for the window, from 0.
    lesson : str
        Name of the lesson that is open at the start, or "tour"; empty for none.
    tour : float
        Time without a visitor after which the narrated tour runs by itself, seconds; 0 for never.
    distance : str
        Size of the screen and distance of its viewers: "desk", "room", "wall", or as "32in 2m".
    """

    scene: str = "waves"
    fullscreen: bool = False
    width: int = Field(1280, ge=320, le=7680)
    height: int = Field(720, ge=180, le=4320)
    language: str = Field("en", pattern="^[a-z]{2}$")
    rotate: float = Field(45.0, ge=0, le=3600)
    reduced_motion: bool = False
    brightness: float = Field(1.0, ge=0.1, le=1)
    quality: Literal["auto", "full", "light"] = "auto"
    gpu: bool = False
    display: int = Field(0, ge=0, le=15)
    lesson: str = ""
    tour: float = Field(0.0, ge=0, le=86_400)
    distance: str = Field(
        "room", pattern=r"^(desk|room|wall|[1-9]\d*(\.\d+)?in (0\.\d*[1-9]|[1-9]\d*(\.\d+)?)m)$"
    )


class RecordingSettings(ConfigSection):
    """Recordings of visits as .mid files, and their database.

    Parameters
    ----------
    enabled : bool
    folder : str
    keep_days : int
        Days for which a visit is kept; 0 for ever.
    keep_megabytes : int
        Size of all recordings above which the oldest are removed; 0 for any size.
    """

    enabled: bool = True
    folder: str = "recordings"
    keep_days: int = Field(90, ge=0, le=36_500)
    keep_megabytes: int = Field(1000, ge=0, le=1_000_000)


class KioskSettings(ConfigSection):
    """The piece as an exhibit that nobody attends.

    Parameters
    ----------
    enabled : bool
        Whether visitors are kept inside the piece, and only one piece runs on the machine.
    pin : str
        Hash of the PIN at the window, from `hidden-state kiosk pin`; empty for that of the staff
        page.
    hours, quiet : list of str
        Opening hours and quiet hours: see `installation.opening_hours`.
    hours_file : str
        Path of the opening hours that the staff sets on its page; once written it holds instead
        of `hours`.
    restart_at : str
        Time of day of the nightly restart, as "05:00"; empty for none.
    loopback : str
        Part of the name of a sound input that hears the loudspeakers; empty for none.
    tour : float
        Time without a visitor after which the narrated tour runs by itself, seconds; 0 for never.
    """

    enabled: bool = False
    pin: str = ""
    hours: list[str] = []
    quiet: list[str] = []
    hours_file: str = "opening-hours.txt"
    restart_at: str = ""
    loopback: str = ""
    tour: float = Field(300.0, ge=0, le=86_400)

    @field_validator("pin")
    @classmethod
    def _check_pin(cls, value: str) -> str:
        if value and not PIN_HASH.fullmatch(value):
            raise ValueError('accepted: a hash that `hidden-state kiosk pin` prints, or ""')
        return value

    @field_validator("hours")
    @classmethod
    def _check_hours(cls, value: list[str]) -> list[str]:
        OpeningHours(value)
        return value

    @field_validator("quiet")
    @classmethod
    def _check_quiet(cls, value: list[str]) -> list[str]:
        QuietHours(value)
        return value

    @field_validator("restart_at")
    @classmethod
    def _check_restart(cls, value: str) -> str:
        if value:
            parse_time_of_day(value)
        return value


class LogSettings(ConfigSection):
    """Logging.

    Parameters
    ----------
    level : {"debug", "info", "warning", "error"}
    format : {"text", "json"}
    file : str
        Path of the log file; empty for standard error.
    size : float
        Size at which the file is rotated, megabytes.
    keep : int
        Number of old files.
    status : str
        Path of the status file; empty for none.
    """

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"
    file: str = ""
    size: float = Field(5.0, gt=0, le=1000)
    keep: int = Field(5, ge=1, le=100)
    status: str = ""
