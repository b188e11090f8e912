from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest

from installation.visits.claimed_path import ClaimedPath, recording_time
from tests.hang_guard import HANG_GUARD_S

NOON = datetime(2031, 5, 6, 12, 0, 0)


def test_no_path_is_claimed_before_it_is_needed(tmp_path):
    assert ClaimedPath(tmp_path, NOON).path is None
    assert list(tmp_path.iterdir()) == []


def test_claims_at_the_same_moment_have_different_paths(tmp_path):
    barrier = Barrier(8)

    def claim(number: int):
        barrier.wait(HANG_GUARD_S)
        return ClaimedPath(tmp_path, NOON).claim()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(claim, range(8)))) == 8


def test_a_claim_keeps_its_path(tmp_path):
    claimed = ClaimedPath(tmp_path, NOON)
    assert claimed.claim() == claimed.claim() == tmp_path / "2031-05-06" / "12-00-00.mid"


def test_the_time_of_a_recording_is_read_from_its_name(tmp_path):
    for _ in range(2):
        assert recording_time(ClaimedPath(tmp_path, NOON).claim()) == NOON


@pytest.mark.parametrize(
    "name", ["2031-05-06/mine.mid", "2031-05-06/12-00-00x.mid", "songs/12-00-00.mid", "12-00-00-"]
)
def test_another_file_has_no_time(tmp_path, name):
    assert recording_time(tmp_path / name) is None


def test_a_folder_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        ClaimedPath(tmp_path / "file", NOON).claim()


def test_only_a_path_without_content_is_given_up(tmp_path):
    empty, written = ClaimedPath(tmp_path, NOON), ClaimedPath(tmp_path, NOON)
    empty.claim()
    written.claim().write_text("music")
    empty.release_empty()
    written.release_empty()
    assert [path.name for path in (tmp_path / "2031-05-06").iterdir()] == ["12-00-00-2.mid"]
    assert empty.path is None
