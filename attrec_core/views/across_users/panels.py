"""The panels of the page “Attention across users”. They are about all test users; two of them mark the user shown."""

from __future__ import annotations

from functools import partial

import pandas as pd

from attrec_core.errors import count_of
from attrec_core.runs.across_users import CauseShares
from attrec_core.runs.run import Run
from attrec_core.views.across_users import statistics
from attrec_core.views.across_users.scenes import Extreme, extremes
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.texts import text

PAGE = "across_users"
of_attention = partial(Panel, subject="users", needs="attention")
of_attrec = partial(Panel, subject="users", needs="attrec")


def guide(scene: Scene, section: str) -> str:
    """The section of this page's texts; for SASRec, the section about its causal matrix."""
    mask = f" {text(PAGE, 'mask')}" if scene.run.model_config.mask == "after" else ""
    of_model = section if scene.run.explains else f"{section} of a causal matrix"
    return text(PAGE, of_model, entropy=text(PAGE, "entropy"), mask=mask)


PLACES: Panel[Scene, statistics.PlaceShares] = of_attention(
    key="places",
    heading="Which position receives attention?",
    record=lambda scene: statistics.place_shares(statistics.statistics(scene), scene.run.model_config),
    figure=lambda scene, record: statistics.places(record),
    guide=lambda scene, record: guide(scene, "places"),
    note=lambda scene, record: statistics.users_sentence(statistics.measured(scene)),
    label="average attention by position",
)


TAUS: Panel[Scene, statistics.TauHistogram] = Panel(
    key="taus",
    heading="Does attention match influence?",
    record=lambda scene: statistics.tau_histogram(statistics.statistics(scene), scene.user),
    figure=statistics.taus,
    sentence=statistics.influence_sentence,
    guide=text(PAGE, "taus"),
    label="number of users by τ of attention with influence",
    needs="attrec",
)


def causes_found(scene: Scene) -> CauseShares:
    causes = statistics.causes_found(scene.run)
    assert causes is not None  # else `lacks` says why
    return causes


CAUSES: Panel[Scene, CauseShares] = of_attrec(
    key="causes",
    heading="Does attention find the true cause?",
    record=causes_found,
    sentence=lambda scene, record: statistics.causes_sentence(record),
    table=lambda scene, record: statistics.causes_table(record),
    guide=text(PAGE, "causes"),
    lacks=lambda scene: statistics.no_causes_sentence(scene.run),
)


def extremes_sentence(scene: Scene, record: tuple[Extreme, ...]) -> str:
    lengths = statistics.statistics(scene).lengths
    longest = count_of(int((lengths == lengths.max()).sum()), "user")
    return f"One user for each rule, among {longest} with the longest window."


def extremes_table(run: Run, record: tuple[Extreme, ...]) -> pd.DataFrame:
    rows = [(run.interactions.user_ids[extreme.user], extreme.rule, extreme.value, extreme.why) for extreme in record]
    return pd.DataFrame(rows, columns=["user", "rule", "value", "why"]).round(3)


EXTREMES: Panel[Scene, tuple[Extreme, ...]] = of_attrec(
    key="extremes",
    heading="Who stands out?",
    record=lambda scene: extremes(scene.run),
    sentence=extremes_sentence,
    table=lambda scene, record: extremes_table(scene.run, record),
)

PANELS = (PLACES, TAUS, CAUSES, EXTREMES)
