"""Hours file: opening hours that the staff sets on its page, instead of those of the settings."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from installation.opening_hours import OpeningHours, OpeningHoursError
from midi_data.atomic_files import write_text_atomically

MAX_RULES, MAX_RULE_LENGTH = 100, 200

log = logging.getLogger(__name__)


class HoursFile:
    """A text file with a rule a line; the staff page writes it, the keeper of the hours reads it.

    Parameters
    ----------
    path : Path
    configured : sequence of str
        The rules of the settings.
    """

    def __init__(self, path: Path, configured: Sequence[str]) -> None:
        self._path, self._configured = path, tuple(configured)
        self._read_version: int | None = None
        self._rules = self._configured

    def rules(self) -> tuple[str, ...]:
        """The rules that hold: those of the settings if there is no file, or an unusable one."""
        version = self._version()
        if version != self._read_version:
            self._read_version = version
            self._rules = self._configured if version is None else self._read()
        return self._rules

    def write(self, rules: Sequence[str] | None) -> None:
        """Write rules to the file; None removes it, so that those of the settings hold again.

        Parameters
        ----------
        rules : sequence of str or None

        Raises
        ------
        OpeningHoursError
            If a rule cannot be understood, overlaps another, or there are too many.
        OSError
            If the file cannot be written.
        """
        if rules is None:
            self._path.unlink(missing_ok=True)
            return
        if len(rules) > MAX_RULES or max(map(len, rules), default=0) > MAX_RULE_LENGTH:
            raise OpeningHoursError(
                f"accepted: up to {MAX_RULES} rules of up to {MAX_RULE_LENGTH} characters"
            )
        if any(rule.splitlines() != [rule] for rule in rules):
            raise OpeningHoursError("accepted: rules of one line each")
        OpeningHours(rules)
        write_text_atomically(self._path, "".join(f"{rule}\n" for rule in rules))

    def _version(self) -> int | None:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return None

    def _read(self) -> tuple[str, ...]:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
            rules = tuple(line.strip() for line in lines if line.strip())
            OpeningHours(rules)
        except (OSError, ValueError) as error:
            if isinstance(error, OSError):
                self._read_version = None  # the file is as it was: read it again
            log.warning("%s: %s; the hours of the settings hold", self._path, error)
            return self._configured
        return rules
