"""Reducing: the fewest rows that still give a finding, found by trial. What is counted are pieces: rows that are alike.

The same pieces and the same answers always give the same result: what bounds the search is a number of trials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Counts = tuple[int, ...]
"""How often each piece is there."""
MOST_MERGED = 60
"""Distinct pieces up to which they are tried for one another one by one."""
MOST_PARTS = 8
"""Parts into which the pieces of a group are cut while some of them are looked for that may stand for all."""


class Spent(Exception):
    """There are no trials left: raised by what answers them."""


@dataclass
class Reduction:
    """The search. `groups` names for each piece what it may be exchanged for; pieces of a group lie in order of values.

    Groups are gone through in order of their names.
    """

    groups: Sequence[str]
    holds: Callable[[Counts], bool]
    best: Counts
    """The fewest that are known to hold; at first what it begins with."""
    _known: dict[Counts, bool] = field(default_factory=dict)

    def run(self) -> None:
        """Reduce `best` until nothing more can be taken away. Raises `Spent`; `best` holds then, too."""
        for group in sorted(set(self.groups)):
            if not self._try(self._sample(group, 0)):
                self._stand_in(group)
                self._thin(group)
                self._concentrate(group)
        self.finish()

    def finish(self) -> None:
        """Reduce `best` piece by piece, where most is taken away already. Raises `Spent`, as `run` does."""
        before = None
        while before != self.best:
            before = self.best
            self._merge()
            self._shrink()

    def _try(self, counts: Sequence[int]) -> bool:
        candidate = tuple(counts)
        if candidate not in self._known:
            self._known[candidate] = self.holds(candidate)
        if self._known[candidate]:
            self.best = candidate
        return self._known[candidate]

    def _list(self, group: str) -> list[int]:
        """List the places of the pieces of a group that are there."""
        return [i for i, name in enumerate(self.groups) if name == group and self.best[i]]

    def _thin(self, group: str) -> None:
        """Keep an even sample of a group: half of it as long as that will do, then as little as will do."""
        total = sum(self.best[i] for i in self._list(group))
        while total > 1 and self._try(self._sample(group, total // 2)):
            total //= 2
        least = total // 2 + 1
        while least < total:
            middle = (least + total) // 2
            if self._try(self._sample(group, middle)):
                total = middle
            else:
                least = middle + 1

    def _sample(self, group: str, size: int) -> list[int]:
        """Sample a group evenly along its values, so that what is left is spread as the whole was."""
        return self._spread(self._list(group), self._list(group), size)

    def _spread(self, places: Sequence[int], chosen: Sequence[int], size: int) -> list[int]:
        """Let some of the pieces at `places` stand for all of them, `size` in all, in proportion."""
        counts = list(self.best)
        total, met, taken = sum(counts[i] for i in chosen), 0, 0
        for i in set(places) - set(chosen):
            counts[i] = 0
        for i in chosen:
            met += counts[i]
            counts[i] = (met * size + total // 2) // total - taken
            taken += counts[i]
        return counts

    def _stand_in(self, group: str) -> None:
        """Let the piece in the middle stand for all of its group."""
        places = self._list(group)
        self._stand([places[len(places) // 2]], places)

    def _concentrate(self, group: str) -> None:
        """Let few pieces stand for all of a group: those that halving finds, and then parts of it (ddmin)."""
        places, parts = self._list(group), 2
        while len(places) > 1:
            edges = [len(places) * part // parts for part in range(parts + 1)]
            chunks = [places[start:end] for start, end in pairwise(edges) if start < end]
            rests = [[i for i in places if i not in set(chunk)] for chunk in chunks] if parts > 2 else []
            if any(self._stand(chosen, places) for chosen in (*chunks, *rests)):
                places, parts = self._list(group), 2
            elif parts < min(MOST_PARTS, len(places)):
                parts *= 2
            else:
                return

    def _stand(self, chosen: Sequence[int], places: Sequence[int]) -> bool:
        return self._try(self._spread(places, chosen, sum(self.best[i] for i in places)))

    def _merge(self) -> None:
        """Let pieces stand for others: those that are rarest go first, to the ones that are there most often."""
        for group in sorted(set(self.groups)):
            if len(self._list(group)) > MOST_MERGED:
                continue
            for i in sorted(self._list(group), key=lambda i: (self.best[i], i)):
                any(self._try(counts) for counts in self._list_merged(group, i))

    def _list_merged(self, group: str, i: int) -> Iterator[list[int]]:
        others = [j for j in self._list(group) if j != i]
        near = sorted(others, key=lambda j: (abs(j - i), j))[:2]
        for j in dict.fromkeys([*sorted(others, key=lambda j: (-self.best[j], j))[:3], *near]):
            counts = list(self.best)
            counts[j] += counts[i]
            counts[i] = 0
            yield counts

    def _shrink(self) -> None:
        """Take as much of every piece as can be, the most frequent first."""
        for i in sorted(range(len(self.best)), key=lambda i: (-self.best[i], i)):
            # One less tells in one trial what halving would take many for: that nothing can be taken.
            least = 0 if self.best[i] and self._set(i, self.best[i] - 1) else self.best[i]
            while least < self.best[i]:
                middle = (least + self.best[i]) // 2
                least = least if self._set(i, middle) else middle + 1

    def _set(self, i: int, count: int) -> bool:
        return self._try([*self.best[:i], count, *self.best[i + 1 :]])
