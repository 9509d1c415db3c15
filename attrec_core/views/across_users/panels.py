"""The panels of the page “Attention across users”. They are about all test users; two of them mark the user shown."""

from __future__ import annotations

from attrec_core.explain.across_users.edits import Edits
from attrec_core.explain.across_users.edits import edits as smallest_edits
from attrec_core.explain.across_users.users import Pairs, statistics_of, top_pairs, with_statistics
from attrec_core.runs.across_users import AcrossUsers, CauseShares
from attrec_core.runs.run import Run
from attrec_core.views.across_users import edits, figures, quantities, tables, words
from attrec_core.views.across_users.extremes import Extreme, extremes
from attrec_core.views.across_users.quantities import Quantity
from attrec_core.views.moment.attention_map import attention_map
from attrec_core.views.moment.records import AttentionRecord
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.texts import text

PAGE = "across_users"


def measured(scene: Scene) -> Run:
    """The run with its statistics; of SASRec, those of the scene's layer and head."""
    return with_statistics(scene.run, scene.moment.layer, scene.moment.head)


def statistics(scene: Scene) -> AcrossUsers:
    return statistics_of(measured(scene))


def guide(scene: Scene, section: str) -> str:
    """The section of this page's texts; for SASRec, the section about its causal matrix."""
    return text(PAGE, section if scene.run.explains else f"{section} of a causal matrix", entropy=text(PAGE, "entropy"))


PLACES: Panel[Scene, words.PlaceShares] = Panel(
    key="places",
    heading="Which position receives attention?",
    record=lambda scene: words.place_shares(statistics(scene), scene.run.model_config),
    figure=lambda scene, record: figures.places(record),
    sentence=lambda scene, record: words.places_sentence(statistics(scene), record),
    table=lambda scene, record: tables.places(statistics(scene), record),
    guide=lambda scene, record: guide(scene, "places"),
    note=lambda scene, record: words.users_sentence(measured(scene)),
    label="average attention by position",
    subject="users",
    needs="attention",
)


def no_mean_map(scene: Scene) -> str:
    stats = statistics(scene)
    if stats.full.any():
        return ""
    return words.no_map_sentence(stats) if scene.run.explains else words.NO_MAP


MEAN_MAP: Panel[Scene, AttentionRecord] = Panel(
    key="mean_map",
    heading="Average attention matrix",
    record=lambda scene: words.map_record(measured(scene)),
    figure=lambda scene, record: attention_map(record),
    sentence=lambda scene, record: (words.columns_sentence if scene.run.explains else words.causal_sentence)(
        statistics(scene)
    ),
    table=lambda scene, record: tables.mean_map(statistics(scene), record.masked),
    guide=lambda scene, record: guide(scene, "mean map"),
    subject="users",
    needs="attention",
    lacks=no_mean_map,
)

DECILES: Panel[Scene, Quantity] = Panel(
    key="deciles",
    heading="Choose a user",
    title="Users from low to high",
    record=lambda scene: quantities.chosen(measured(scene), scene.view, "quantity"),
    sentence=lambda scene, record: "",
    table=lambda scene, record: quantities.decile_table(measured(scene), record),
    guide=text(PAGE, "deciles"),
    subject="users",
    needs="attention",
)

TAUS: Panel[Scene, words.TauHistogram] = Panel(
    key="taus",
    heading="Does attention match influence?",
    record=lambda scene: words.tau_histogram(statistics(scene), scene.user),
    figure=lambda scene, record: figures.taus(record, scene.who),
    sentence=words.influence_sentence,
    table=lambda scene, record: tables.taus(record),
    guide=text(PAGE, "taus"),
    label="number of users by τ of attention with influence",
    needs="attrec",
)


def causes_found(scene: Scene) -> CauseShares:
    causes = words.causes_found(scene.run)
    assert causes is not None
    return causes


CAUSES: Panel[Scene, CauseShares] = Panel(
    key="causes",
    heading="Does attention find the true cause?",
    record=causes_found,
    sentence=lambda scene, record: words.causes_sentence(record),
    table=lambda scene, record: tables.causes(record),
    guide=text(PAGE, "causes"),
    subject="users",
    needs="attrec",
    lacks=lambda scene: words.no_causes_sentence(scene.run) if words.causes_found(scene.run) is None else "",
)


def two_quantities(scene: Scene) -> tuple[Quantity, Quantity]:
    """The horizontal and the vertical axis."""
    run = measured(scene)
    return quantities.chosen(run, scene.view, "across"), quantities.chosen(run, scene.view, "up")


AGAINST: Panel[Scene, tuple[Quantity, Quantity]] = Panel(
    key="against",
    heading="Compare two quantities",
    record=two_quantities,
    figure=lambda scene, record: quantities.against(measured(scene), *record, scene.user),
    sentence=lambda scene, record: quantities.against_sentence(*record),
    table=lambda scene, record: quantities.against_table(measured(scene), *record),
    guide=text(PAGE, "against"),
    label=lambda scene, record: f"{record[1].label} against {record[0].label}, a point for each user",
    needs="attention",
)

PAIRS: Panel[Scene, Pairs] = Panel(
    key="pairs",
    heading="Pairs with most attention",
    record=lambda scene: top_pairs(scene.run, scene.moment.layer, scene.moment.head),
    sentence=lambda scene, record: words.pairs_sentence(record),
    table=lambda scene, record: tables.pairs(scene.run, record),
    guide=lambda scene, record: guide(scene, "pairs"),
    subject="users",
    needs="attention",
)

SMALL_EDITS: Panel[Scene, Edits] = Panel(
    key="small_edits",
    heading="",
    title="How easily do recommendations change?",
    record=lambda scene: smallest_edits(scene.run),
    figure=lambda scene, record: edits.bars(record),
    sentence=lambda scene, record: edits.sentence(record),
    table=lambda scene, record: edits.table(record),
    guide=text(PAGE, "small edits"),
    label="share of users by the smallest edit that is enough",
    subject="users",
    needs="attrec",
)

EXTREMES: Panel[Scene, tuple[Extreme, ...]] = Panel(
    key="extremes",
    heading="Who stands out?",
    record=lambda scene: extremes(scene.run),
    sentence=lambda scene, record: words.extremes_sentence(statistics(scene)),
    table=lambda scene, record: tables.extremes(scene.run, record),
    subject="users",
    needs="attrec",
)

PANELS = (PLACES, MEAN_MAP, DECILES, TAUS, CAUSES, AGAINST, PAIRS, SMALL_EDITS, EXTREMES)
