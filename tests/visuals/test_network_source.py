from messages.crowd import DuetReplay
from visuals.network_source import DummyNetworkSource


def test_the_dummy_source_knows_only_the_own_network():
    source = DummyNetworkSource()
    assert source.load("any.safetensors") is None
    source.close()
    assert source.load("") is None
    assert list(source.hear(DuetReplay((), 1, 0, "4/4"))) == []
