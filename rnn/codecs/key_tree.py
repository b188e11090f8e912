"""The prefix tree of the 88 keys' spellings."""

from __future__ import annotations

from collections.abc import Sequence


class KeyTree:
    """Spellings of keys as a prefix tree; node 0 is the start of a note.

    Parameters
    ----------
    spellings : sequence of sequence of int
        Tokens of each key, lowest first.

    Attributes
    ----------
    spellings : tuple of tuple of int
    children : list of dict of int to int
        Of each node: the next node by token.
    key_at_node : list of int
        Of each node: the key spelled completely, 0..87; -1 for none.
    keys_below_node : list of tuple of int
        Of each node: the keys at it and below it.
    depth : int
        Length of the longest spelling.

    Raises
    ------
    ValueError
        If a spelling is empty or repeated.
    """

    def __init__(self, spellings: Sequence[Sequence[int]]) -> None:
        self.spellings = tuple(tuple(spelling) for spelling in spellings)
        self.children: list[dict[int, int]] = [{}]
        self.key_at_node = [-1]
        below: list[list[int]] = [[]]
        for key, spelling in enumerate(self.spellings):
            node = 0
            below[0].append(key)
            for token in spelling:
                if token not in self.children[node]:
                    self.children[node][token] = len(self.children)
                    self.children.append({})
                    self.key_at_node.append(-1)
                    below.append([])
                node = self.children[node][token]
                below[node].append(key)
            if node == 0 or self.key_at_node[node] >= 0:
                raise ValueError(f"key {key} has no spelling of its own")
            self.key_at_node[node] = key
        self.keys_below_node = [tuple(keys) for keys in below]
        self.depth = max(map(len, self.spellings))
