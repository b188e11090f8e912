from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from installation.config import StyleSettings
from installation.session.blend_partners import create_blend, load_blend_partners
from installation.session.model_loading import load_model
from rnn.generation.ensemble import EnsembleImproviser
from rnn.generation.improviser import Improviser
from rnn.model.checkpoint import CheckpointError
from rnn.model.network import Network
from rnn.model.sizes import NetworkSizes
from rnn.styles import UnknownStyleError


@pytest.fixture(scope="module")
def irish():
    return load_model(StyleSettings())


def names(partners):
    return [partner.card.style for partner in partners]


def test_every_style_that_fits_may_be_blended_in(irish):
    assert {"fife", "chorales"} <= set(names(load_blend_partners(StyleSettings(), irish)))


def test_those_that_are_named_come_in_order_and_once(irish):
    style = StyleSettings(blend=["fife", "irish", "chorales", "fife"])
    assert names(load_blend_partners(style, irish)) == ["fife", "chorales"]


def test_a_network_of_another_size_plays_alone_unless_it_was_asked_to_blend(irish):
    sizes = NetworkSizes(irish.codec.inputs, irish.codec.outputs, embedding=8, units=12, layers=2)
    small = replace(irish, network=Network.initial(sizes, np.random.default_rng(0)))
    assert load_blend_partners(StyleSettings(), small) == []
    with pytest.raises(CheckpointError, match="one size"):
        load_blend_partners(StyleSettings(blend=["fife"]), small)


def test_an_unknown_partner_is_told(irish):
    with pytest.raises(UnknownStyleError, match="jazz"):
        load_blend_partners(StyleSettings(blend=["jazz"]), irish)


def test_partners_have_no_share_at_first(irish):
    blend = create_blend(irish, load_blend_partners(StyleSettings(blend=["fife"]), irish))
    assert isinstance(blend, EnsembleImproviser)
    assert blend.weights.tolist() == [1.0, 0.0]
    assert type(create_blend(irish, [])) is Improviser
