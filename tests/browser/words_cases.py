"""What the panels of a classroom file show of a scene, by Python and by the engine in JavaScript: records, sentences
and pictures. A new record: a line in CALLS, the same name in `answers`, and its Python functions that make sentences in
WATCHED.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from conftest import interactions_of, mixed

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.explain import wording
from attrec_core.explain.rank_curves import rank_curves as curves_of
from attrec_core.runs.run import Run
from attrec_core.views.attention.panels import ATTENTION, ranking_record
from attrec_core.views.drawing import theme
from attrec_core.views.metric_space import panels as space_panels
from attrec_core.views.metric_space import words as space
from attrec_core.views.moment import attention, ranking, split
from attrec_core.views.page_context import Scene, own_shares, scene, set_by_hand
from attrec_core.views.score_split import panels as score_split
from attrec_core.views.score_split import rank_curves
from attrec_core.views.start import words
from attrec_core.views.view import View
from attrec_core.views.why import exact_sum, influence, panels

from .engine_cases import Case, named, plain, run_data

# In the browser: a run and a view → records and sentences. The first scene has attention set by hand, if the view has.
CALLS = {
    "written": "(_, __, { name, args }) => WRITTEN[name](...args)",
    "attention": """(scene) => ({
      record: attentionRecord(scene), sentence: attentionSentence(scene), no_hand: noHand(scene),
      veiled: veiled(attentionRecord(scene), 1), own_shares: ownShares(scene.moment),
      baseline: scene.compared && attentionSentence(scene, scene.compared),
    })""",
    "list": "(scene, _, { k }) => ({ record: rankingRecord(scene, k), sentence: rankingSentence(scene) })",
    "story": "(scene) => storyRecord(scene)",
    "split": """(scene, _, { k }) => {
      const record = scoreSplit(scene, k), bars = splitRecord(scene, record);
      return { record, bars, sentence: splitSentence(record), stays: staysSentence(scene, k) };
    }""",
    "curves": """(scene, _, { k }) => {
      const record = rankCurves(scene.moment, k);
      return { record: curvesRecord(scene, record), leads: leadsSentence(scene, record) };
    }""",
    "why": """(_, scene) => {
      const why = explained(scene);
      return { truth: truthTable(scene, why), headline: headline(scene, why), removal: removalOf(scene, why) };
    }""",
    "waterfall": """(_, scene) => {
      const record = waterfallOf(scene), withoutResidual = (text) => text.replace(/Difference: .*/, '');
      const details = record && withoutResidual(waterfallDetails(record));
      return record && { record, bars: waterfallBars(scene, record), details };
    }""",
    "versus": """(_, scene, { k }) => {
      const item = rival(scene);
      if (item === null) return { item };
      const record = versus(scene, scene.explained, item), roles = rolesOf(scene);
      const details = versusDetails(scene, record).replace(/Difference: .*?\\. /, '');
      const bars = versusBars(scene, record), list = rankingRecord(scene, k, roles);
      return { item, record, heading: versusHeading(record), bars, roles: Object.fromEntries(roles), list, details };
    }""",
    "item": """(scene, _, { item, k }) => {
      const [short, long] = [scene.trace.intent, scene.moment.taste].map((vector, row) =>
        neighboursOf(scene, ['short', 'long'][row], vector, k));
      const nearest = nearestSentence(nameOfPoint(scene, 'short'), short), about = itemSentences(scene, item);
      return { about, short, long, nearest, user: nameOfPoint(scene, 'long') };
    }""",
}
SCRIPT = """
const WRITTEN = { signed, wrapped, against_even: againstEven, between, gap_in_words: gapInWords };
function scenesOf(run, { view }) {
  const scene = view ? sceneOf(run, view) : null;
  return [scene && setByHand(scene), scene];
}
"""
PROPERTIES = [
    attention.AttentionRecord.top,
    split.ScoreSplit.long_share,
    split.ScoreSplit.sentence,
    exact_sum.Waterfall.from_average,
    exact_sum.Waterfall.details,
    exact_sum.Versus.heading,
]
# Whose conditions must all have been true and false in the cases.
WATCHED: list[Callable[..., Any]] = [
    *(one.fget for one in PROPERTIES if isinstance(one, property) and one.fget),
    *named(theme, "signed wrapped against_even"),
    *named(attention, "on_scale_of attention_record attention_sentence by_hand_sentence no_hand"),
    *named(ranking, "ranking_rows gaps rank_change why_no_candidate out_of_it"),
    *named(ranking, "ranking_sentence rank_phrase candidates_named"),
    *named(split, "split_rows split_bars"),
    *named(score_split, "stays_sentence"),
    *named(rank_curves, "drawn_curves visible_steps label leads_sentence between styles slots"),
    *named(words, "story_record heading whose story_sentence"),
    *named(exact_sum, "waterfall in_a_row term waterfall_bars with_rest folded term_hover"),
    *named(exact_sum, "versus versus_details versus_bars"),
    influence.truth_table,
    *named(panels, "headline removal"),
    *named(space, "moment neighbours"),
    *named(space_panels, "moment_sentences standing attention"),
]
# Conditions that do not differ in a classroom file: it has users of AttRec alone, the actual window as the baseline,
# and the picture with its controls.
ALIKE = (
    "scene.user is None",
    "scene.user is not None",
    "len(scene.likes)",
    "scene.run.explains",
    "len(attention.padding)",  # of a SASRec
    ": places was",
    "by_product was",
    "ranking.taste is None",
    "share is None",
    "scene.has_taste",
    "rank_long is not None",
    "scene.edited never happened",  # of a new person
    "part.kind != 'short'",  # asserted
)
TITLES = (
    "Plain",
    "Plain",  # two items with one title
    "<b>Bold & “quoted” 'it'</b> \"x\"",
    "A long title of many words that never ends, and a subtitle: with a colon – and a dash",
    "Unbreakable" * 12,
    "千と千尋の神隠し、とても長い題名",
    "WIDE CAPITAL LETTERS AND MMMMM WWWWW",
    "  spaces\tand\nlines  ",
    "x" * 400,
    "É",
)


def world(random: np.random.Generator, items: int, longest: int, films: bool) -> Any:
    """Histories that repeat items. The ids of items are their indices, as in a classroom file."""
    lengths = [1, 2, *random.integers(3, longest + 1, 20).tolist()]
    histories = {f"user {user}": random.integers(0, items, length).tolist() for user, length in enumerate(lengths)}
    histories["all"] = [*range(items), 0]
    data = interactions_of({user: [f"{item:03}" for item in history] for user, history in histories.items()})
    titles = tuple(TITLES[item] if item < len(TITLES) else f"Title {item}" for item in range(items))
    about = {"years": tuple("1999" if item % 2 else "" for item in range(items))}
    about["genres"] = tuple(("Drama", "War")[: item % 3] for item in range(items))
    ids = tuple(map(str, range(items)))
    return replace(data, titles=titles, item_ids=ids, source="movielens-csv" if films else "test", **about)


@functools.cache
def runs() -> list[Run]:
    """Runs of random vectors, one for each mix of two settings."""
    ways = mixed(
        ("after", "before", "none"),  # mask
        ("nothing", "itself"),  # lone_item
        ("mean", "sum", "max", "min"),  # aggregation
        ("vector", "items", "both"),  # taste
        (True, False),  # shared_projection
        (5, 2, 9),  # window
        (0.0, 0.2, 0.5, 1.0),  # long_weight
        together=2,
    )
    names = ("mask", "lone_item", "aggregation", "taste", "shared_projection", "window", "long_weight")
    made = []
    for number, way in enumerate(ways):
        scale, half_life, items = ((0.1, 0.3, 1.0)[number % 3], (0.5, 50.0)[number // 2 % 2], (8, 90)[number // 3 % 2])
        made.append(run_of(number, scale, items, half_life=half_life, **dict(zip(names, way, strict=True))))
    # Where attention is so sharp that items attend to each other alone, hardly any is lost to the mask.
    made += [run_of(number, 0.3, 8, 3, window=2, shared_projection=False) for number in (44, 21)]
    return [*made, run_of(0, 0.3, 8, window=1)]


def run_of(number: int, scale: float, items: int, sharp: float | None = None, **settings: Any) -> Run:
    random, config = np.random.default_rng(number), ModelConfig(dim=5, **settings)
    data = world(random, items, 14, films=bool(number % 2))
    shapes = {"item_short": items, "item_long": items, "user_long": data.n_users, "projection": 5}
    tables = {name: random.normal(0, scale, (rows, 5)).astype(np.float32) for name, rows in shapes.items()}
    tables["key_projection"] = random.normal(0, scale, (5, 5)).astype(np.float32)
    for name in ("projection", "key_projection"):
        tables[name] *= (sharp or random.choice([0.3, 1, 1.6])) / scale
    tables["own_share"] = random.normal(0, 1, 1).astype(np.float32)
    for name in ("item_short", "item_long"):
        tables[name][1] = tables[name][0]  # two items with the same vector: a tie
    return Run(Path(), config, TrainConfig(), tables, data, {}, {}, None, {}, "")


def data_of(run: Run) -> dict[str, Any]:
    """What the engine needs of a run."""
    data = run.interactions
    subtitles = [
        " · ".join(filter(None, (year, ", ".join(genres))))
        for year, genres in zip(data.years, data.genres, strict=True)
    ]
    return run_data(run) | {"name": "run", "noun": words.noun(data), "subtitles": subtitles}


def views(run: Run, random: np.random.Generator, count: int) -> Iterator[dict[str, Any]]:
    """Draws views, as in a classroom file: items and people are indices."""
    config, data = run.model_config, run.interactions

    def some(chance: float, value: Callable[[], Any]) -> Any:
        return value() if random.random() < chance else None

    def item() -> int:
        return int(random.integers(data.n_items))

    for _ in range(count):
        user = int(random.integers(data.n_users))
        history = data.history(user).tolist()
        step = some(0.6, lambda: int(random.integers(1, len(history) + 1)))  # noqa: B023
        actual = scene(run, View(user=data.user_ids[user], step=step)).window.tolist()
        window = some(0.6, lambda: edited(actual, item, config.window, random))  # noqa: B023
        length = len(window or actual)
        # Of equal items, attention decides by rounding where the model has no time signal; here it always has one.
        yield {
            "user": user,
            "step": step,
            "window": window,
            "omega": some(0.5, lambda: float(random.choice([0.0, 1.0, round(float(random.random()), 2)]))),
            "selected": some(0.5, item),
            "item": some(0.5, item),
            "against": some(0.4, item),
            "by_hand": some(0.35, lambda: [1, *random.integers(0, 50, length - 1).tolist()]),  # noqa: B023
            "terms": some(0.5, lambda: "whole"),
        }


def edited(actual: list[int], item: Callable[[], int], most: int, random: np.random.Generator) -> list[int]:
    """A window after one of the edits that a person makes."""
    window, way, place = list(actual), int(random.integers(7)), int(random.integers(len(actual)))
    if way == 0 and len(window) > 1:
        del window[place]
    elif way == 1:
        window = [*window, item()][-most:]
    elif way == 2:
        window[place] = item()
    elif way == 3 and len(window) > 1:
        window[0], window[-1] = window[-1], window[0]
    elif way == 4:
        window = window[1:] + window[:1]
    elif way == 5:
        window = [item() for _ in range(int(random.integers(1, most + 1)))]
        window[-1] = window[0]  # twice
    else:
        window = [window[place]]
    return window


def scene_for(run: Run, view: dict[str, Any]) -> Scene:
    ids = {name: None if view[name] is None else str(view[name]) for name in ("selected", "item", "against")}
    window, hand = (None if view[name] is None else tuple(view[name]) for name in ("window", "by_hand"))
    rest = {name: view[name] for name in ("step", "omega", "terms")}
    return scene(
        run,
        View(
            user=run.interactions.user_ids[view["user"]],
            window=None if window is None else tuple(map(str, window)),
            by_hand=hand,
            **ids,
            **rest,
        ),
    )


def written(random: np.random.Generator) -> Iterator[Case]:
    """Numbers and titles by the functions that write them."""
    shares = [0.0, 0.001, 0.004, 0.005, 0.016, 0.02, 0.125, 0.2, 0.24, 0.5, 0.995, 1.0, *random.random(60).tolist()]
    sizes = [0.0, 1e-19, 0.00049, 0.0005, 0.0125, 3.0, *(10 ** random.uniform(-9, 2, 60)).tolist()]
    calls: list[tuple[Callable[..., Any], list[Any]]] = [
        *((theme.against_even, [share, even]) for share in shares for even in (0.0004, 0.02, 0.16, 0.2, 0.25, 0.5)),
        *((theme.signed, [sign * size, digits]) for size in sizes for digits in (2, 3, 4) for sign in (1, -1)),
        *((wording.gap_in_words, [size]) for size in sizes),
        *((rank_curves.between, [low, high]) for low in (0.0, 0.25) for high in (0.5, 1.0)),
        *(
            (theme.wrapped, [title, size, room, most])
            for title in (*TITLES, "", "ⅣǅΣß a\ufeffb", "-" * 70, "a, b: c." * 9)
            for size, room in ((16, 218.0), (16, 380.0), (16.96, 310.0), (12.5, 102.0), (13.25, 120.0))
            for most in (1, 2, 4)
        ),
    ]
    for function, args in calls:
        yield Case("written", 0, {"name": function.__name__, "args": args}, plain(function(*args)), 1.0)


def cases(every: bool) -> Iterator[Case]:
    """All questions, or those about fewer views of a run, with Python's answers."""
    random = np.random.default_rng(16)
    yield from written(random)
    for index, run in enumerate(runs()):
        for view in views(run, random, 5 if every else 2):
            shown = scene_for(run, view)
            own = list(own_shares(shown.moment))
            # Bars that nobody, or hardly anybody, has dragged.
            if view["by_hand"] and any(own) and random.random() < 0.6:
                own[0] += int(random.choice([0, 30]))
                view["by_hand"] = own
                shown = scene_for(run, view)
            about = {"k": int(random.choice([1, 3, 10])), "item": int(random.integers(run.interactions.n_items))}
            scale = max(float(np.abs(shown.ranking.blended).max()), 1.0)
            for call, answer in answers(shown, **about):
                yield Case(call, index, {"view": view, **about}, plain(answer), scale)


def answers(scene: Scene, k: int, item: int) -> Iterator[tuple[str, Any]]:
    """Every question of this file about one scene, whose attention may be set by hand."""
    hand = set_by_hand(scene)
    record = ATTENTION.of(hand).record
    yield (
        "attention",
        {
            "record": record,
            "sentence": attention.attention_sentence(hand),
            "no_hand": attention.no_hand(hand),
            "veiled": record.veiled(1),
            "baseline": hand.compared and attention.attention_sentence(hand, hand.compared),
            "own_shares": own_shares(hand.moment),
        },
    )
    yield "list", {"record": listed_record(hand, k), "sentence": ranking.ranking_sentence(hand)}
    yield "story", words.story_record(hand)
    parts = score_split.split_record(hand, k)
    stays, bars = score_split.stays_sentence(hand, k), split.split_bars(hand, parts, str(score_split.SCORE_SPLIT.label))
    yield "split", {"record": parts, "bars": bars, "sentence": parts.sentence, "stays": stays}
    curves = curves_of(hand.moment, k)
    drawn = rank_curves.drawn_curves(hand, curves, rank_curves.label(curves))
    yield "curves", {"record": drawn, "leads": rank_curves.leads_sentence(hand, curves)}
    yield "item", near_and_about(hand, item, k)
    if scene.explained is not None:
        yield from of_the_explained(scene, k)


def near_and_about(scene: Scene, item: int, k: int) -> dict[str, Any]:
    vectors = {"short": scene.trace.intent, "long": scene.moment.taste}
    near = {name: space.neighbours(scene, name, vector, k) for name, vector in vectors.items() if vector is not None}
    m, user = (space.own_origin(scene, name, "pca") for name in ("short", "long"))
    assert m is not None and user is not None
    record = replace(space.space_record(scene, "short", "pca", k=k), origin=m, near=near["short"])
    about, nearest = space_panels.moment_sentences(scene, item), space.space_sentence(scene, record)
    return {"about": about, **near, "nearest": nearest, "user": user.name}


def listed_record(scene: Scene, k: int, roles: dict[int, str] | None = None) -> Any:
    """The record of the list, whose measure is AttRec's."""
    return ranking_record(scene, k, roles)


def of_the_explained(scene: Scene, k: int) -> Iterator[tuple[str, Any]]:
    why = exact_sum.explained(scene)
    removal = panels.removal(scene, why)
    yield (
        "why",
        {
            "truth": influence.truth_table(scene, why),
            "headline": panels.headline(scene, why),
            "removal": removal and {"label": removal[0], "window": list(map(int, removal[1]))},
        },
    )
    record = exact_sum.waterfall(scene, why, from_average=scene.view.terms != "whole")
    if record is None:
        yield "waterfall", None
    else:
        bars = exact_sum.waterfall_bars(scene, record, panels.WHY.label(scene, record))
        yield ("waterfall", {"record": record, "bars": bars, "details": record.details})
    other = exact_sum.rival(scene)
    if other is None:
        yield "versus", {"item": None}
        return
    pair, roles = exact_sum.versus(scene, why.item, other), panels.roles(scene)
    yield (
        "versus",
        {
            "item": other,
            "record": pair,
            "heading": pair.heading,
            "bars": exact_sum.versus_bars(scene, pair, panels.VERSUS.label(scene, pair)),
            "roles": {str(item): role for item, role in roles.items()},
            "list": listed_record(scene, k, roles),
            "details": exact_sum.versus_details(scene, pair),
        },
    )
