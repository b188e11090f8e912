from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from midi_data.atomic_files import atomic_file, write_text_atomically


def test_a_text_is_written(tmp_path):
    write_text_atomically(tmp_path / "a.txt", "Éire\n")
    assert (tmp_path / "a.txt").read_bytes() == "Éire\n".encode()


def test_an_exception_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_file(path) as file:
        file.write(b"new")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(OSError):
        write_text_atomically(tmp_path / "none" / "a.txt", "text")


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """The calls for the disk in their order, with what the file held then."""
    calls: list[str] = []
    sync, move = os.fsync, os.replace

    def record_sync(handle: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        calls.append("sync folder" if is_folder else f"sync file of {os.fstat(handle).st_size}")
        sync(handle)

    def record_move(source, target) -> None:
        calls.append("replace")
        move(source, target)

    monkeypatch.setattr(os, "fsync", record_sync)
    monkeypatch.setattr(os, "replace", record_move)
    return calls


def test_the_disk_has_the_content_before_the_name_and_then_the_name(tmp_path, calls):
    write_text_atomically(tmp_path / "a.txt", "seven b")
    assert calls == ["sync file of 7", "replace", "sync folder"]


def test_a_file_of_the_moment_waits_for_no_disk(tmp_path, calls):
    write_text_atomically(tmp_path / "a.txt", "now", is_durable=False)
    assert calls == ["replace"]
    assert (tmp_path / "a.txt").read_text() == "now"


def test_a_disk_that_fails_at_the_end_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_text_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_synchronised_is_no_error(tmp_path, monkeypatch):
    sync = os.fsync

    def refuse_folders(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(22, "Invalid argument")
        sync(handle)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    write_text_atomically(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"


@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_a_file_has_its_permissions_from_the_start(tmp_path, monkeypatch, mode):
    modes: list[int] = []
    move = os.replace

    def record(source, target) -> None:
        modes.append(stat.S_IMODE(Path(source).stat().st_mode))
        move(source, target)

    monkeypatch.setattr(os, "replace", record)
    write_text_atomically(tmp_path / "a.txt", "text", mode)
    modes.append(stat.S_IMODE((tmp_path / "a.txt").stat().st_mode))
    assert modes == [mode, mode]
