"""Attention across users: the sentences, tables and figures say what the record holds, in every run."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from urllib.parse import parse_qs

import numpy as np
import pytest
from app_pages import charts, checked, opened_page, page_text, warnings

from attrec_core.errors import number, percent
from attrec_core.explain.across_users.users import older_tau, statistics_of, top_pairs
from attrec_core.explain.influence import leave_one_out
from attrec_core.explain.moment import moment_of
from attrec_core.explain.neighbours import NEIGHBOURS, truly_near
from attrec_core.explain.ranking import half_ranks
from attrec_core.explain.vectors import items_table
from attrec_core.runs.across_users import CauseShares
from attrec_core.runs.run import Run
from attrec_core.views import maps
from attrec_core.views.across_users import panels, quantities, statistics
from attrec_core.views.across_users.scenes import APART, NEAR, RowWords, extremes, left_out, prepared_scenes
from attrec_core.views.drawing.theme import against_even
from attrec_core.views.moment.attention import attention_record, attention_sentence
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.step_by_step.grids import followed
from attrec_core.views.view import View, from_query, to_query
from attrec_core.views.why import influence

PAGES = {"attention", "why", "step-by-step", "score-split", "metric-space", "at-large"}
KINDS = ("stored", "bare", "alone", "long", "max")


@pytest.fixture(scope="module", params=KINDS)
def run(request: pytest.FixtureRequest, small_run: Run) -> Run:
    """The small run as it is, without statistics, or with settings that rule many sentences out."""
    changes = {"alone": {"window": 1}, "long": {"long_weight": 1.0}, "max": {"aggregation": "max"}}
    config = replace(small_run.model_config, **changes.get(request.param, {}))
    return small_run if request.param == "stored" else replace(small_run, model_config=config, across_users=None)


def with_stats(run: Run, **changes: object) -> Run:
    """Returns the run as if its statistics were other ones."""
    return replace(run, across_users=replace(run.across_users, **changes))


def of_users(run: Run) -> Scene:
    """The scene of the first user who is measured."""
    return scene(run, View(user=run.interactions.user_ids[statistics_of(run).users[0]]))


def test_every_run_has_something_to_say_and_to_draw(run: Run) -> None:
    stats, page_scene = statistics_of(run), of_users(run)
    shown = [panel.of(page_scene) for panel in (panels.TAUS, panels.EXTREMES, panels.PLACES)]
    texts = [part.sentence for part in shown] + [statistics.users_sentence(run), statistics.columns_sentence(stats)]
    texts += [extreme.why for extreme in extremes(run)] + [prepared.say for prepared in prepared_scenes(run)]
    assert not [text for text in texts if "nan" in text or text != text.strip()]
    assert len(shown[2].table()) == run.model_config.window
    assert len(shown[0].table()) == 21
    for figure in (checked(part.figure) for part in shown[::2]):
        tick_texts = [text for axis in (figure.layout.xaxis, figure.layout.yaxis) for text in axis.ticktext or ()]
        assert tick_texts and not [text for text in tick_texts if text.startswith(("0.", "-"))]
    mean = statistics.map_record(run)
    assert statistics.map_table(mean).shape == (run.model_config.window, run.model_config.window + 1)
    assert mean.column_weights.sum() + mean.missing == pytest.approx(1) or run.model_config.window == 1


def test_prepared_scenes_exist_for_every_run_and_open(run: Run) -> None:
    run = replace(run, called="mine")
    scenes = prepared_scenes(run)
    assert [prepared.number for prepared in scenes] == list(range(1, len(scenes) + 1))
    assert {prepared.page for prepared in scenes} | {"why", "metric-space"} == PAGES
    assert len(scenes) + len(left_out(run)) == 6
    for prepared in scenes:
        assert from_query(to_query(prepared.view)) == (prepared.view, ())
        page_scene = scene(run, prepared.view)
        assert prepared.view.run == "mine"
        assert page_scene.selected is None or page_scene.selected in page_scene.window


def test_scenes_of_the_sample_are_what_they_are_said_to_be(sample: Run) -> None:
    stats, scenes = sample.across_users, {prepared.page: prepared for prepared in prepared_scenes(sample)}
    assert len({prepared.view.user for prepared in scenes.values()}) >= 5
    dominant = scene(sample, scenes["attention"].view)
    assert dominant.trace.column_weights.max() == pytest.approx(stats.weights.max())
    assert dominant.selected == dominant.window[dominant.trace.column_weights.argmax()]
    split = scene(sample, scenes["score-split"].view)
    parts = (split.ranking.short, split.ranking.long)
    part_ranks = [half_ranks(part, split.ranking.candidates)[split.target] for part in parts]
    assert split.ranking.ranks[split.target] == 1 < min(part_ranks)
    near = scene(sample, scenes["metric-space"].view)
    space, projection = near.view.space, near.view.projection
    vector = near.trace.intent if space == "short" else near.moment.taste
    at = maps.place(sample, space, projection, vector)
    table, drawn = items_table(sample, space), maps.items_at(sample, space, projection)
    assert truly_near(table, vector, drawn, at, NEIGHBOURS) >= 8
    order = near.ranking.short if space == "short" else near.ranking.long
    assert np.where(near.ranking.candidates, order, np.inf).argmin() == near.ranking.top(1)[0]
    assert not left_out(sample)
    follows = scene(sample, prepared_scenes(sample)[1].view)
    cell = followed(follows)
    assert cell.chosen and cell.column == len(follows.window) - 1
    assert follows.selected == follows.window[cell.column]
    assert follows.trace.weights[cell.row, cell.column] == follows.trace.weights[:, cell.column].max() > 0


def test_in_the_scene_on_influence_the_rank_says_what_the_attention_does_not(sample: Run) -> None:
    """Removing the most attended item matters least, removing an item with little attention matters most."""
    shown = scene(sample, next(one.view for one in prepared_scenes(sample) if one.page == "why"))
    effects = leave_one_out(shown.moment, shown.ranking.top(1)[0]).delete
    changes = np.array([effect.delta_rank for effect in effects])
    weights, cause = shown.trace.column_weights, int(np.flatnonzero(shown.window == shown.selected)[0])
    assert changes[weights.argmax()] == changes.min() == 0
    assert changes[cause] == changes.max() >= 10
    assert weights[cause] < min(weights.mean(), weights.max() / 2)


def test_a_scene_without_a_case_is_left_out_and_named(sample: Run) -> None:
    """Where the most attended item always matters most, and where no map is near the truth."""
    drawn = {name: values[::-1] if name.endswith(("_umap", "_pca")) else values for name, values in sample.maps.items()}
    run = with_stats(sample, top_delete=sample.across_users.top_attention.astype(np.int16))
    run = replace(run, maps=drawn)
    scenes = prepared_scenes(run)
    assert [one.number for one in scenes] == list(range(1, len(scenes) + 1))
    assert not {"why", "metric-space"} & {one.page for one in scenes}
    assert [title in sentence for title, sentence in zip((APART, NEAR), left_out(run), strict=True)] == [True, True]


def test_the_titles_of_scenes_fit_the_weights(sample: Run) -> None:
    row = int(np.flatnonzero(sample.across_users.lengths == 5)[0])

    def words(weights: np.ndarray) -> RowWords:
        return RowWords(sample, replace(sample.across_users, weights=weights))

    found = []
    for times in (0.3, 0.8, 1.7):
        weights = sample.across_users.weights.copy()
        weights[row, -1] = times * RowWords(sample, sample.across_users).even(row)
        found.append(words(weights).latest_title(row).removeprefix("The latest item "))
    assert found == ["is ignored", "receives little attention", "is not ignored"]
    alike = np.full_like(sample.across_users.weights, 0.16)
    titles = [words(weights).dominant_title(0) for weights in (sample.across_users.weights, alike)]
    assert titles == ["One item dominates", "No item dominates"]


def test_where_the_tau_of_an_older_version_is_shown_it_is_named(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attrec_core.explain.across_users.users.CELLS", 1)  # so that τ is not computed anew
    older, user = with_stats(sample, tau_ties=0.0), View(user="Bilal Weber")
    named = older_tau(older.across_users)
    for sentence in (lambda page_scene: panels.TAUS.of(page_scene).sentence, influence.among_users):
        assert named and sentence(scene(older, user)).endswith(named)
        assert named not in sentence(scene(sample, user))


def test_a_sentence_follows_what_was_measured(sample: Run) -> None:
    """A missing τ and equal effects are two different cases."""
    stats, view = sample.across_users, View(user="Bilal Weber")

    def said(**changes: np.ndarray) -> str:
        return panels.TAUS.of(scene(with_stats(sample, **changes), view)).sentence

    agreed = np.nanmean(stats.agrees(stats.top_delete))
    assert f"for {percent(agreed)} of 1,000 users; by chance it would be for 20\u00a0%." in said()
    for tau, verdict in ((0.08, "says little about"), (0.3, "partly agrees with"), (0.8, "agrees with")):
        sentence = said(tau_delete=np.full_like(stats.tau_delete, tau))
        assert f" attention {verdict} influence: Kendall’s τ is {number(tau)} on average" in sentence
    no_taus, no_effects = np.full_like(stats.tau_delete, np.nan), np.full_like(stats.top_delete, -1)
    assert "all weights of a window are equal" in said(tau_delete=no_taus)
    assert "as much as removing any other" in said(tau_delete=no_taus, top_delete=no_effects)
    assert "single item" in said(lengths=np.ones_like(stats.lengths))
    uneven = replace(stats, columns=np.full_like(stats.columns, 0.3))
    assert statistics.columns_sentence(uneven).startswith("The rows differ more than the paper says")


def test_the_attention_of_an_item_is_one_number_on_every_page(sample: Run) -> None:
    """A scene, the users who stand out and the page Attention give the same w and uniform share for the same item."""
    for prepared in prepared_scenes(sample)[1::-1]:
        shown = scene(sample, prepared.view)
        weight = shown.trace.column_weights[shown.window == shown.selected][-1]
        assert f"receives {percent(weight)} of the attention" in prepared.say
        assert against_even(weight, attention_record(shown).uniform_column) in prepared.say
    (value,) = [one.value for one in extremes(sample) if one.rule == "Most attention to a single item"]
    assert any(text in attention_sentence(shown) for text in (number(value), percent(value)))


def test_extremes_are_the_ends_of_their_measures(sample: Run) -> None:
    stats, by_rule = sample.across_users, {extreme.rule: extreme for extreme in extremes(sample)}
    best = by_rule["Best rank of the next item"]
    assert {rule: by_rule[rule].value for rule in by_rule if "latest" in rule or "rank of" in rule} == {
        "Most attention to the latest item": pytest.approx(stats.recency.max()),
        "Least attention to the latest item": pytest.approx(stats.recency.min()),
        "Worst rank of the next item": stats.ranks.max(),
        "Best rank of the next item": 1,
    }
    tested = sample.interactions.items[sample.interactions.starts[stats.users[stats.ranks == 1] + 1] - 1]
    item = sample.interactions.history(best.user)[-1]
    assert sample.popularity[item] == sample.popularity[tested].min()  # of equal ranks, the one with the rarest item
    assert len(panels.extremes_table(sample, extremes(sample))) == len(by_rule) == 7


def test_who_stands_out_is_opened_on_the_page_that_shows_why(sample: Run) -> None:
    """Only Why shows influence, and τ with it; it is about the first recommendation. A link takes nothing of the
    present moment along."""
    old = {"user": "1", "omega": "0.9", "mask": "none", "item": "1", "cell": "1,2", "dim": "2", "pin": "1,2"}
    app = opened_page("learn/at_large", **old)
    assert app.session_state["view"].omega == 0.9
    links = [link.proto for link in app.get("page_link")]
    for extreme in extremes(sample):
        user = sample.interactions.user_ids[extreme.user]
        (link,) = [link for link in links if link.label.replace("\\", "") == user and link.page == extreme.page]
        query = {name: values[0] for name, values in parse_qs(link.query_string).items()}
        assert set(query) <= {"run", "user"}
        assert extreme.page == ("why" if "influence" in extreme.rule else "attention")
        if extreme.page == "why":
            why = opened_page("explore/why", **query)
            text = " ".join(text.value for text in (*why.caption, *why.markdown)).replace("\\", "")
            assert f"removal (positions shift) (τ = {number(extreme.value)})" in text
    app.session_state["small_edits_box"] = True
    app.run()
    assert "users one change of the window" in page_text(app)
    assert panels.COST not in [caption.value for caption in app.caption]  # what is made is not announced any more


def test_orders_of_users_that_hardly_agree_are_not_called_unrelated() -> None:
    """With a thousand users a small correlation need not be chance."""
    users = np.arange(1000)
    orders = [quantities.Quantity("a", np.asarray(values, float), str, "why") for values in (users, users * 37 % 1000)]
    assert "hardly related (" in quantities.against_sentence(*orders)


def test_with_a_window_of_one_nothing_is_said_to_be_looked_at_or_found(sample: Run) -> None:
    for mask in ("after", "none"):
        config = replace(sample.model_config, window=1, mask=mask)
        run = replace(sample, model_config=config, across_users=None)
        stats = replace(statistics_of(run), causes=sample.across_users.causes)
        run = replace(run, across_users=stats)
        scenes = prepared_scenes(run)
        assert not [one for one in scenes if "What happens without it" in one.say or "Follow its number" in one.say]
        assert not [one for one in scenes if "dominates" in one.title or "latest" in one.title]
        assert statistics.causes_found(run) is None
        assert "a single item" in statistics.no_causes_sentence(run)
        rules = [extreme.rule for extreme in extremes(run)]  # of users who are all alike
        assert ("Most attention to a single item" in rules) == (mask == "none")  # else there is no attention
        assert not [rule for rule in rules if "latest" in rule]
    assert statistics.causes_found(sample) is sample.across_users.causes


def test_the_histogram_counts_every_user_once_and_marks_the_one_looked_at(sample: Run) -> None:
    record = statistics.tau_histogram(sample.across_users, 17)
    assert (record.counts.sum(1) == 1000).all()
    assert record.own == pytest.approx(sample.across_users.tau_delete[17])
    assert statistics.tau_histogram(sample.across_users, None).own is None
    # A user without a test item has no τ of their own.
    shifted = replace(sample.across_users, users=sample.across_users.users + 1)
    assert statistics.tau_histogram(shifted, 0).own is None
    assert len(statistics.taus(scene(sample, View()), record)["data"]) == 4


def test_a_map_and_its_places_are_the_mean_over_full_windows(sample: Run, small_run: Run) -> None:
    record, stats = statistics.map_record(sample), sample.across_users
    np.testing.assert_allclose(record.column_weights, stats.weights.mean(0), atol=1e-5)
    assert np.array_equal(record.masked, np.eye(5, dtype=bool))
    shares = statistics.place_shares(stats, sample.model_config)
    np.testing.assert_allclose(shares.shares, record.column_weights, atol=1e-6)
    assert record.missing == pytest.approx(1 - shares.shares.sum(), abs=1e-6)
    assert (shares.rows.sum(), shares.level, shares.full) == (1000, record.uniform_column, True)
    # Half the windows hold one item, whose share is 1; the sentence about full windows does not change.
    weights, lengths = stats.weights.copy(), stats.lengths.copy()
    weights[::2], lengths[::2] = [0, 0, 0, 0, 1], 1
    odd_rows = {name: getattr(stats, name)[1::2] for name in ("weights", "lengths")}
    some = (replace(stats, **changes) for changes in ({"weights": weights, "lengths": lengths}, odd_rows))
    assert len({statistics.place_shares(stats, sample.model_config).sentence for stats in some}) == 1
    nobody = with_stats(small_run, lengths=np.ones_like(small_run.across_users.lengths))
    assert "No window is full" in panels.MEAN_MAP.lacks(scene(nobody, View()))


def test_what_pushes_away_is_said_by_its_sign(small_run: Run) -> None:
    """The sentence says “raises the distance … most” only if removing the item really increases the distance."""
    random, config = np.random.default_rng(3), replace(small_run.model_config, long_weight=0.95)
    arrays = {name: random.normal(0, 0.6, array.shape).astype(np.float32) for name, array in small_run.arrays.items()}
    run = replace(small_run, model_config=config, arrays=arrays, across_users=None)
    stats, signs = statistics_of(run), set()
    say = RowWords(run, stats)
    for row in np.flatnonzero(stats.top_delete >= 0).tolist():
        user = int(stats.users[row])
        moment = moment_of(run, user, step=len(run.interactions.history(user)) - 1)
        largest = max(effect.delta_distance for effect in leave_one_out(moment, int(stats.explained[row])).delete)
        assert ("raises the distance" in say.influence(row)) == (largest > 0), row
        signs.add(largest > 0)
    assert signs == {True, False}


def test_the_lesson_of_the_causes_follows_the_shares() -> None:
    def causes(attention: float, by_sum: float, latest: float) -> CauseShares:
        return CauseShares(("all",), np.array([50]), np.array([[attention, by_sum, 0.7, 0.6, 0.5, latest, 0.2]]))

    text = statistics.causes_sentence(causes(0.4, 0.8, 0.45))
    assert "the cause of 40\u00a0% of them, no more than “always the latest item” (45\u00a0%)" in text
    assert "the item with the largest contribution (exact sum) finds 80\u00a0%" in text
    assert "Attention finds more causes than any other" in statistics.causes_sentence(causes(0.9, np.nan, 0.45))
    assert "“always the latest item” finds 90\u00a0%" in statistics.causes_sentence(causes(0.9, np.nan, 0.9))
    assert len(statistics.cause_bars(causes(0.9, np.nan, 0.45))) == 6  # no bar where there is no exact sum
    table = statistics.causes_table(causes(0.4, 0.8, 0.45))
    assert table["all (50)"].tolist() == [0.4, 0.8, 0.7, 0.6, 0.5, 0.45, 0.2]


def test_a_run_without_statistics_says_of_how_many_it_speaks(sample: Run) -> None:
    bare = replace(sample, across_users=None)
    assert "300 of the 1,000 test users" in statistics.users_sentence(bare)
    assert "this run does not store it" in statistics.no_causes_sentence(bare)


def test_one_user_stands_for_each_decile_of_a_quantity(sample: Run) -> None:
    for quantity in quantities.quantities(sample).values():
        rows = quantities.deciles(quantity)
        values = np.sort(quantity.values[np.isfinite(quantity.values)])
        assert len(set(rows)) == 10
        assert quantity.values[rows].tolist() == values[np.arange(10) * len(values) // 10 + len(values) // 20].tolist()
    table = quantities.decile_table(scene(sample, View()), quantities.quantities(sample)["rank"])
    assert table["decile"].tolist() == list(range(1, 11))


def test_the_chosen_quantities_stand_in_the_address_and_come_back_with_it(sample: Run) -> None:
    """The first one sorts the users, each of whom links to its page."""
    names, chosen = ("quantity", "across", "up"), ("influence", "history", "entropy")
    app = opened_page("learn/at_large")
    assert [app.selectbox(key=name).value for name in names] == ["latest", "latest", "influence"]
    assert not [name for name in names if name in app.query_params]  # the address leaves out the defaults
    for name, value in zip(names, chosen, strict=True):
        app.selectbox(key=name).set_value(value).run()
        assert app.query_params[name] in (value, [value])
    again = opened_page("learn/at_large", **to_query(app.session_state["view"]))
    assert [again.selectbox(key=name).value for name in names] == [*chosen]
    axes = charts(again)["against"].layout
    assert (axes.xaxis.title.text, axes.yaxis.title.text) == ("Length of the history", "Entropy of attention")
    links = [(link.proto.label.replace("\\", ""), link.proto.page) for link in again.get("page_link")]
    for row in quantities.deciles(quantities.quantities(sample)["influence"]):
        assert (sample.interactions.user_ids[statistics_of(sample).users[row]], "why") in links
    again.selectbox(key="up").set_value("influence").run()
    assert "up" not in again.query_params
    assert "not one of latest, most" in warnings(opened_page("learn/at_large", across="weight"))


def test_any_two_quantities_can_be_compared(run: Run) -> None:
    measured = list(quantities.quantities(run).values())
    assert measured
    for pair in product(measured, repeat=2):
        checked(quantities.against(of_users(run), pair))
        assert "nan" not in quantities.against_sentence(*pair)
    same = quantities.against_sentence(measured[-1], measured[-1])
    assert "correlation: 1.00" in same or "the same for all users" in same


def test_a_pair_has_the_mean_attention_of_the_windows_that_hold_it(run: Run) -> None:
    pairs, by_hand = top_pairs(run), {}
    for user in np.flatnonzero(np.diff(run.interactions.starts) >= 3).tolist():
        moment = moment_of(run, user, step=len(run.interactions.history(user)) - 1)
        for i, j in product(range(len(moment.window)), repeat=2):
            if i != j or run.model_config.mask == "none":
                cells = by_hand.setdefault((moment.window[i], moment.window[j]), [])
                cells.append(float(moment.trace.weights[i, j]))
    for query, key, attention, count in zip(pairs.query, pairs.key, pairs.attention, pairs.counts, strict=True):
        assert len(by_hand[query, key]) == count >= pairs.least
        assert np.mean(by_hand[query, key]) == pytest.approx(attention, abs=1e-5)
    means = [np.mean(cells) for cells in by_hand.values() if len(cells) >= pairs.least]
    np.testing.assert_allclose(pairs.attention, sorted(means, reverse=True)[: len(pairs.query)], atol=1e-5)
    assert len(panels.pairs_table(run, pairs)) == len(pairs.query) <= 10
