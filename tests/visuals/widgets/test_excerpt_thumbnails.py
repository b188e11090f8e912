from __future__ import annotations

import pytest

from visuals.widgets.excerpt_thumbnails import readable_title


@pytest.mark.parametrize(
    ("tune", "title"),
    [
        ("Lark In The Morning, The -- Jig", "The Lark In The Morning"),
        ("DRUNKEN SAILOR", "Drunken Sailor"),
        ("BWV 66.6", "BWV 66.6"),
    ],
)
def test_a_title_reads_as_people_write_it(tune, title):
    assert readable_title(tune) == title


def test_a_long_title_is_shortened():
    title = readable_title("a" * 200)
    assert len(title) < 100 and title.endswith("\u2026")
