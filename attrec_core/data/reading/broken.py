"""Rows that cannot be read: the first one is refused in a sentence, or all are left out, counted by their reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from attrec_core.data.options import Options
from attrec_core.errors import InputError

HINT = "Mend the file, or leave out such rows and count them: --broken-rows skip."
Refuse = Callable[[np.ndarray, str], None]  # (n,) bool: whose value is wrong; what is wrong with it


@dataclass(frozen=True, eq=False)
class BrokenRows:
    """skip: leave them out. sentence: what is said of a row (counted from 0), a column and a fault."""

    skip: bool
    sentence: Callable[[int, str, str], str]
    reasons: dict[str, np.ndarray] = field(default_factory=dict)  # reason → (n,) bool

    def among(self, column: str) -> Refuse:
        """What to call with the rows whose value in a column is wrong. Raises InputError for the first, or keeps all in
        mind: whoever called makes their values harmless, for the rows are left out later.
        """

        def refuse(wrong: np.ndarray, words: str) -> None:
            if not wrong.any():
                return
            if not self.skip:
                raise InputError(f"{self.sentence(int(np.argmax(wrong)), column, words)}. {HINT}")
            reason = f"{column} {words.partition(';')[0]}"
            self.reasons[reason] = self.reasons.get(reason, False) | wrong

        return refuse


def skips(options: Options) -> bool:
    return options.broken_rows == "skip"
