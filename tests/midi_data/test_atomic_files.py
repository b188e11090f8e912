from __future__ import annotations

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
