from __future__ import annotations

import pytest

from rnn.model.model_card import ModelCard
from rnn.model.sizes import NetworkSizes

SIZES = NetworkSizes(inputs=3, outputs=4, embedding=2, units=2, layers=1)
CARD = ModelCard(
    style="small",
    title="A small one",
    command="hidden-state train mine",
    corpus="mine",
    source="a folder",
    tunes={"train": 1200},
    scores={"validation": 2.5, "test": 2.25, "unigram": 6.0},
)


def test_a_card_is_a_page_of_tables():
    lines = CARD.to_markdown(SIZES, "notes").splitlines()
    assert lines[0] == "# A small one"
    assert "58 weights, over 4 note tokens." in lines[2]
    assert "| tunes | 1,200 | 0 | 0 |" in lines
    assert lines[-3:] == [
        "| this model | 2.250 |",
        "| unigram (each token by its share) | 6.000 |",
        "| this model, on the validation tunes | 2.500 |",
    ]


def test_terms_and_scores_are_left_out_where_there_are_none():
    page = ModelCard(title="New").to_markdown(SIZES, "characters")
    assert "terms" not in page and "Bits per note" not in page


@pytest.mark.parametrize("tempo", [0, -1.0, float("inf"), "fast"])
def test_a_tempo_must_be_a_positive_number(tempo):
    with pytest.raises(ValueError, match="a tempo is quarter notes a minute"):
        ModelCard(tempo=tempo)


WHOLE = {"offset": 0.5, "terms": {"pitch.mean": [60.0, 2.0, 0.5, 0.0]}}


@pytest.mark.parametrize(
    "critic", [{"candidates": 3}, {"whole": WHOLE}, {"candidates": 0, "whole": WHOLE}, [1.0]]
)
def test_a_critic_must_be_whole(critic):
    with pytest.raises(ValueError, match="its critic cannot be used"):
        ModelCard(critic=critic)


@pytest.mark.parametrize(
    ("sections", "words"),
    [({}, "of a whole tune"), ({"section_bars": 4, "begun": WHOLE}, "of 4 bars")],
)
def test_a_critic_is_told_by_what_it_draws(sections, words):
    critic = {"candidates": 6, "whole": WHOLE, **sections}
    page = ModelCard(critic=critic).to_markdown(SIZES, "notes")
    assert f"| critic of its own tunes | draws one of 6 candidates, {words} |" in page
    assert "critic" not in CARD.to_markdown(SIZES, "notes")
