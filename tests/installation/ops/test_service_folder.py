from __future__ import annotations

from pathlib import Path

import pytest

from installation.ops.service_folder import FOLDER_VARIABLE, find_log_path, service_path


def test_files_of_a_service_lie_in_its_runtime_folder(monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, "/run/hidden-state")
    assert service_path("status.json") == Path("/run/hidden-state/status.json")


def test_without_a_service_there_is_no_folder(monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    assert service_path("status.json") is None


@pytest.mark.parametrize(
    ("configured", "folder", "found"),
    [
        ("own.log", "/run/hidden-state", Path("own.log")),
        ("", "/run/hidden-state", Path("/run/hidden-state/piece.log")),
        ("", "", None),
    ],
)
def test_the_log_file_of_the_settings_comes_before_that_of_the_service(
    monkeypatch, configured, folder, found
):
    monkeypatch.setenv(FOLDER_VARIABLE, folder)
    assert find_log_path(configured) == found
