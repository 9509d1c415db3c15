"""What lies around a new person, nearest first."""

from __future__ import annotations

import pandas as pd

from attrec_core.views.be_a_user.words import Landing
from attrec_core.views.page_context import Scene


def around(shown: Scene, found: Landing) -> pd.DataFrame:
    rows = [("your pick", shown.title(item), away) for item, away in zip(found.picks, found.to_picks, strict=True)]
    rows += [("item", shown.title(item), away) for item, away in found.items]
    rows += [("user", shown.run.interactions.user_ids[user], away) for user, away in found.users]
    rows.sort(key=lambda row: row[2])
    return pd.DataFrame(
        {
            "what": [row[0] for row in rows],
            "name": [row[1] for row in rows],
            "distance to you": [round(row[2], 4) for row in rows],
        }
    )
