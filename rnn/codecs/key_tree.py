"""Key trees: the spellings of the 88 keys, those that begin alike sharing their beginning."""

from __future__ import annotations

from collections.abc import Sequence


class KeyTree:
    """Spellings as a prefix tree; node 0 is where a note begins.

    Parameters
    ----------
    spellings : sequence of sequence of int
        Tokens of each key, lowest first; no two alike.

    Attributes
    ----------
    spellings : tuple of tuple of int
    children : list of dict of int to int
        For each node, by the token that goes on, the node it leads to.
    key : list of int
        The key spelled in full at each node, 0..87; -1 where there is none yet.
    keys : list of tuple of int
        The keys at each node and below it.
    depth : int
        Tokens of the longest spelling.

    Raises
    ------
    ValueError
        If two keys have one spelling, or one has none.
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
        self.keys_below_node = [tuple(found) for found in below]
        self.depth = max(map(len, self.spellings))
