"""The panels of the page “Attention across users”. They are about all test users; two of them mark the user shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd

from attrec_core.errors import count_of, percent
from attrec_core.explain.across_users.edits import SIZES, Edits, edits
from attrec_core.explain.across_users.users import Pairs, top_pairs
from attrec_core.runs.across_users import CauseShares
from attrec_core.runs.run import Run
from attrec_core.views.across_users import quantities, statistics
from attrec_core.views.across_users.scenes import Extreme, extremes
from attrec_core.views.drawing.plot import axis, bar, figure, hover, legend
from attrec_core.views.drawing.spec import Figure
from attrec_core.views.drawing.theme import HATCH, SHORT, TARGET, percent_ticks
from attrec_core.views.moment.attention import AttentionRecord
from attrec_core.views.moment.attention_map import attention_map
from attrec_core.views.page_context import Scene
from attrec_core.views.panel import Panel
from attrec_core.views.texts import text

PAGE = "across_users"
HEIGHT, MARGIN = 280, (10, 30, 34, 66)  # of the figure of small edits
OUT, INTO = "first recommendation out of the top 10", "actual next item into the top 10"
COST = "Tries every small edit for a sample of up to 100 users; takes a few seconds."

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


def no_mean_map(scene: Scene) -> str:
    """The text in place of the average matrix; for AttRec with the paper's claim, which needs no full window."""
    stats = statistics.statistics(scene)
    if stats.full.any():
        return ""
    return f"{statistics.NO_MAP} {statistics.columns_sentence(stats)}" if scene.run.explains else statistics.NO_MAP


def map_sentence(scene: Scene, record: AttentionRecord) -> str:
    say = statistics.columns_sentence if scene.run.explains else statistics.causal_sentence
    return say(statistics.statistics(scene))


MEAN_MAP: Panel[Scene, AttentionRecord] = of_attention(
    key="mean_map",
    heading="Average attention matrix",
    record=lambda scene: statistics.map_record(statistics.measured(scene)),
    figure=lambda scene, record: attention_map(record),
    sentence=map_sentence,
    table=lambda scene, record: statistics.map_table(record),
    guide=lambda scene, record: guide(scene, "mean map"),
    lacks=no_mean_map,
)

DECILES: Panel[Scene, quantities.Quantity] = of_attention(
    key="deciles",
    heading="Choose a user",
    title="Users from low to high",
    record=lambda scene: quantities.chosen(statistics.measured(scene), scene.view, "quantity"),
    sentence=lambda scene, record: "",
    table=quantities.decile_table,
    guide=text(PAGE, "deciles"),
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


def two_quantities(scene: Scene) -> tuple[quantities.Quantity, quantities.Quantity]:
    """The horizontal and the vertical axis."""
    run = statistics.measured(scene)
    return quantities.chosen(run, scene.view, "across"), quantities.chosen(run, scene.view, "up")


AGAINST: Panel[Scene, tuple[quantities.Quantity, quantities.Quantity]] = Panel(
    key="against",
    heading="Compare two quantities",
    record=two_quantities,
    figure=quantities.against,
    sentence=lambda scene, record: quantities.against_sentence(*record),
    table=quantities.against_table,
    guide=text(PAGE, "against"),
    label=lambda scene, record: f"{record[1].label} against {record[0].label}, a point for each user",
    needs="attention",
)


def pairs_table(run: Run, pairs: Pairs) -> pd.DataFrame:
    ends = (("query item", pairs.query), ("key item", pairs.key))
    titles = {name: [run.interactions.titles[item] for item in items] for name, items in ends}
    return pd.DataFrame(titles | {"mean attention": pairs.attention, "windows": pairs.counts})


def pairs_shown(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{"mean attention": [percent(share) for share in table["mean attention"]]})


def pairs_sentence(scene: Scene, pairs: Pairs) -> str:
    often = f"at least {pairs.least} windows" if pairs.least > 1 else "a window"
    users = count_of(pairs.users, "test user")
    return f"The {len(pairs.query)} pairs with most attention, among pairs in {often} of {users}."


PAIRS: Panel[Scene, Pairs] = of_attention(
    key="pairs",
    heading="Pairs with most attention",
    record=lambda scene: top_pairs(scene.run, scene.moment.layer, scene.moment.head),
    sentence=pairs_sentence,
    table=lambda scene, record: pairs_table(scene.run, record),
    guide=lambda scene, record: guide(scene, "pairs"),
)


def shares(counts: Mapping[str, int]) -> list[float]:
    """The share of each size of edit, in the order of SIZES; all 0 if no user was asked."""
    total = max(sum(counts.values()), 1)
    return [counts.get(size, 0) / total for size in SIZES]


def edit_bars(edits: Edits) -> Figure:
    looks = ((OUT, edits.out, SHORT, ""), (INTO, edits.into, TARGET, "/"))
    traces = []
    for name, counts, colour, shape in looks:
        values = shares(counts)
        texts = [f"{name}: {size}<br>{percent(value)} of users" for size, value in zip(SIZES, values, strict=True)]
        marker = {"color": colour, "pattern": HATCH | {"shape": shape}}
        labels = {"text": [percent(value) for value in values], "textposition": "outside", "cliponaxis": False}
        traces.append(bar(list(SIZES), values, name=name, marker=marker, **labels) | hover(texts))
    largest = max(value for _, counts, _, _ in looks for value in shares(counts))
    up = axis("users", range=[0, 1.15 * largest or 1], fixedrange=True, **percent_ticks(largest or 1))
    names = [size.replace(" ", "<br>", 1) for size in SIZES]  # on two lines: else a phone slants them
    ticks = {"tickmode": "array", "tickvals": list(SIZES), "ticktext": names, "tickangle": 0}
    across = axis("smallest edit that is enough", fixedrange=True, **ticks)
    return figure(traces, HEIGHT, MARGIN, barmode="group", legend=legend(), xaxis=across, yaxis=up)


def edits_table(edits: Edits) -> pd.DataFrame:
    columns = {name: [counts.get(size, 0) for size in SIZES] for name, counts in ((OUT, edits.out), (INTO, edits.into))}
    return pd.DataFrame({"smallest edit": SIZES} | columns)


def edits_sentence(edits: Edits) -> str:
    removal, swap, two, none = shares(edits.out)
    text = (
        f"For {percent(removal + swap)} of {count_of(edits.users, 'user')} one change of the window takes the first "
        f"recommendation out of the top 10. {percent(two)} need two removals; for {percent(none)} no such edit is "
        "enough."
    )
    count = sum(edits.into.values())
    if count:
        removal, swap, two, none = shares(edits.into)
        text += (
            f" Of {count_of(count, 'user')} whose actual next item is ranked below 10th, one change brings it into the "
            f"top 10 for {percent(removal + swap)}, two removals for {percent(two)}."
        )
    return text if edits.users == edits.of else f"{text} Users: a seeded sample of {edits.users:,} of {edits.of:,}."


SMALL_EDITS: Panel[Scene, Edits] = of_attrec(
    key="small_edits",
    heading="",
    title="How easily do recommendations change?",
    record=lambda scene: edits(scene.run),
    figure=lambda scene, record: edit_bars(record),
    sentence=lambda scene, record: edits_sentence(record),
    table=lambda scene, record: edits_table(record),
    guide=text(PAGE, "small edits"),
    label="share of users by the smallest edit that is enough",
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

PANELS = (PLACES, MEAN_MAP, DECILES, TAUS, CAUSES, AGAINST, PAIRS, SMALL_EDITS, EXTREMES)
