from __future__ import annotations

import pytest

from rnn.codecs.key_tree import KeyTree


def test_keys_share_the_nodes_of_a_common_prefix():
    tree = KeyTree([(1,), (1, 2), (3,)])
    assert tree.children[0].keys() == {1, 3}
    node = tree.children[0][1]
    assert (tree.key_at_node[node], tree.keys_below_node[node]) == (0, (0, 1))
    assert (tree.key_at_node[0], tree.keys_below_node[0], tree.depth) == (-1, (0, 1, 2), 2)


@pytest.mark.parametrize("spellings", [[(1,), (1,)], [()]])
def test_a_spelling_must_be_its_keys_own(spellings):
    with pytest.raises(ValueError, match="has no spelling of its own"):
        KeyTree(spellings)
