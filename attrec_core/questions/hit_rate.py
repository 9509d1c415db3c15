"""When HR@50 says nothing: where hardly more than 50 items compete, all of them are among the first 50."""

from __future__ import annotations

from attrec_core.results.shelf import Sizes

FIRST = 50


def says_nothing(hit_rate: float, sizes: Sizes | None) -> str:
    """One sentence where HR@50 is as good as 1 because of the data and not of the model; else nothing.

    What a user has had does not compete; how much that is, is known on average.
    """
    if sizes is None or f"{hit_rate:.3f}" != "1.000":
        return ""
    competing = max(1, round(sizes.items - sizes.interactions / max(1, sizes.users) + 1))
    if competing > FIRST:
        return ""
    what = f"all {sizes.items:,} items" if competing >= sizes.items else f"about {competing} of {sizes.items:,} items"
    return f"HR@50 says nothing of the model here: {what} compete for a user's next one, and all are in the first 50."
