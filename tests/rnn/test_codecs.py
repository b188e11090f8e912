from __future__ import annotations

import pytest

from rnn.codecs import CODECS, codec_named


@pytest.mark.parametrize("kind", ["notes", "characters"])
def test_a_codec_is_found_by_the_kind_in_a_model_file(kind):
    assert codec_named(kind) is CODECS[kind]
    assert codec_named(kind).kind == kind


def test_an_unknown_kind_is_refused_with_those_that_exist():
    with pytest.raises(ValueError, match="notes"):
        codec_named("chords")
