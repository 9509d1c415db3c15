"""“Why this item?”: the numbers on screen are the model's, the bars add up, an edit does what it promised."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from app_pages import checked, component, opened_page, page_links, page_text, sent
from conftest import interactions_of, random_histories
from hypothesis import given, settings
from hypothesis import strategies as st
from other_runs import saved
from streamlit.testing.v1 import AppTest

from attrec_core.data import windows
from attrec_core.errors import number, ordinal, percent
from attrec_core.explain import explanation as explanations
from attrec_core.explain.evaluate import evaluate
from attrec_core.explain.exact_sum import item_parts
from attrec_core.explain.influence import SHOWS, leave_one_out
from attrec_core.explain.smallest_edit import smallest_edit
from attrec_core.explain.wording import short
from attrec_core.models.attrec import AttRec
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views import page_context
from attrec_core.views.drawing.theme import round_ticks, signed
from attrec_core.views.moment.ranking import out_of_it, ranking_sentence
from attrec_core.views.page_context import Scene
from attrec_core.views.view import View
from attrec_core.views.why import exact_sum, influence, panels
from attrec_core.views.why.exact_sum import explained
from attrec_core.views.why.panels import headline

opened = partial(opened_page, "explore/why")
USER = 17
POOLS = ("mean", "sum", "max", "min")
MASKS = ("after", "before", "none")


def bars(app: AppTest, key: str) -> list[tuple[int, float, float]]:
    """Returns (place, start, length) of each bar that the page draws under this key, from left to right, the lower bar
    of a place first."""
    columns = enumerate(component(app, key)["columns"])
    return [(place, bar["start"], bar["value"]) for place, column in columns for bar in column["bars"]]


def scene_of(run: Run, user: int = USER, **fields: object) -> Scene:
    return page_context.scene(run, View(**{"user": run.interactions.user_ids[user]} | fields))


def measured(
    run: Run, user: int = USER, **fields: object
) -> tuple[Scene, explanations.Explanation, influence.TruthTable]:
    scene = scene_of(run, user, **fields)
    explanation = exact_sum.explained(scene)
    return scene, explanation, influence.truth_table(scene, explanation)


def said(app: AppTest) -> str:
    """Returns all text of the page, without the escapes of Markdown."""
    kinds = (app.markdown, app.caption, app.info)
    return " ".join(element.value for kind in kinds for element in kind).replace("\\", "")


@settings(max_examples=30, deadline=None)
@given(
    user=st.integers(0, 29),
    item=st.integers(0, 24),
    pool=st.sampled_from(POOLS),
    mask=st.sampled_from(MASKS),
    omega=st.floats(0, 1),
    from_average=st.booleans(),
)
def test_a_waterfall_ends_at_the_distance_and_its_means_at_the_mean_distance(
    small_run: Run, user: int, item: int, pool: str, mask: str, omega: float, from_average: bool
) -> None:
    data = small_run.interactions
    item = data.item_ids[item % data.n_items]
    view = View(user=data.user_ids[user], item=item, pool=pool, mask=mask, omega=omega)
    scene = page_context.scene(small_run, view)
    explanation = exact_sum.explained(scene)
    record = exact_sum.waterfall(scene, explanation, from_average=from_average)
    if pool in ("max", "min"):
        assert record is None
        return
    assert abs(record.terms[-1].value - record.distance) < 1e-5 * max(1, record.distance)
    mean = float(scene.ranking.blended.mean(dtype=float))
    assert sum(part.usual for part in explanation.sum.parts) == pytest.approx(mean, rel=1e-4, abs=1e-5)
    table = record.table()
    # The bars against the average item leave out the last term, which is the same for every item.
    left_out = explanation.sum.parts[-1].value if from_average else 0
    adds = table["adds"][table["mean over the catalogue"].notna()].sum()
    assert adds + left_out == pytest.approx(record.distance, abs=2e-4)
    assert table["place"].dropna().tolist() == list(range(1, len(scene.window) + 1))


@pytest.mark.parametrize("pool", POOLS)
def test_differences_add_up_to_the_difference_of_the_distances_for_any_pair(small_run: Run, pool: str) -> None:
    scene = page_context.scene(small_run, View(user=small_run.interactions.user_ids[3], pool=pool))
    blended = scene.ranking.blended
    for item, rival in ((0, 1), (1, 0), (5, 12), (20, 7)):
        record = exact_sum.versus(scene, item, rival)
        above, below = sorted((item, rival), key=lambda index: blended[index])
        total = record.difference.total
        assert (record.above, record.below) == (scene.title(above), scene.title(below))
        assert total <= 0
        assert sum(term.value for term in record.terms[:-1]) == pytest.approx(total, abs=1e-5)
        assert record.terms[-1].value == total == pytest.approx(float(blended[above] - blended[below]))
        for term, favoured in zip(record.terms, record.table()["favours"], strict=True):
            favours = record.above if term.value < 0 else record.below
            assert favoured == ("neither" if round(term.value, 5) == 0 else favours)


def test_the_next_item_of_the_ranking_is_compared_until_another_is_asked_for(sample: Run) -> None:
    order = scene_of(sample).ranking.top(500).tolist()
    ids = [sample.interactions.item_ids[item] for item in order]
    for fields, rival in (
        ({}, order[1]),
        ({"item": ids[4]}, order[5]),
        ({"item": ids[-1]}, order[-2]),
        ({"item": ids[4], "against": ids[2]}, order[2]),
        ({"item": ids[4], "against": ids[4]}, order[5]),
    ):
        assert exact_sum.rival(scene_of(sample, **fields)) == rival
    app = opened(user=sample.interactions.user_ids[USER], item=ids[4], against=ids[2])
    assert app.selectbox(key="why_against").value == order[2]
    *terms, total = bars(app, "versus")
    assert sum(length for _, _, length in terms) == pytest.approx(total[2], abs=1e-5)
    distances = scene_of(sample).ranking.blended[[order[2], order[4]]]
    assert total[2] == pytest.approx(float(np.subtract(*distances)), abs=1e-6)


def test_words_agree_with_the_signs(sample: Run) -> None:
    """For many users: the verdict names exactly the items that are favoured and those that push away. An item can
    attract most and push away: the two parts of the change explain it, because they add up to the change."""
    n_paradoxes = 0
    for user in range(40):
        scene, explanation, record = measured(sample, user)
        favoured, misleading = explanation.influence.favoured, explanation.influence.misleading
        for row in record.rows:
            effect = row.delete.delta_distance
            found = [word in row.verdict for word in ("raises", "lowers", "change")]
            assert found == [effect >= SHOWS, effect <= -SHOWS, abs(effect) < SHOWS]
            assert row.verdict.startswith("high attention") == (row.place in favoured)
            assert (row.verdict == "high attention, yet removing it lowers the distance") == (row.place in misleading)
        sentence, largest = influence.paradox(scene, record), max(record.rows, key=lambda row: row.exact)
        assert bool(sentence) == (largest.exact > 0 > largest.delete.delta_distance)
        n_paradoxes += bool(sentence)
        if sentence:
            assert largest.title in sentence and signed(largest.delete.direct, 3) in sentence
            parts = largest.delete.direct + largest.delete.reweighting
            assert parts == pytest.approx(largest.delete.delta_distance, abs=1e-6)
    assert n_paradoxes, "the sample has such a user"


def test_equal_values_are_no_disagreement(sample: Run) -> None:
    """As in τ-b, a pair with equal attention does not count."""
    for values in ([0.2, 0.5, 0.3], [1.0, 1.0, 1.0], [-1.0, 1.0, -1.0]):
        assert influence.order_of(values, [0.2, 0.5, 0.3]) == [3, 1, 2]
    scene, explanation, _ = measured(sample)
    even = replace(explanation.influence, weights=(0.2,) * len(explanation.window))
    record = influence.truth_table(scene, replace(explanation, influence=even))
    assert influence.slope_sentence(scene, record).startswith("No lines cross")
    assert [row.by_weight for row in record.rows] == [row.by_delete for row in record.rows]


def test_the_smallest_edit_applied_does_what_it_promised_and_can_be_undone(sample: Run) -> None:
    for user in sample.interactions.user_ids:
        scene = page_context.scene(sample, View(user=user))
        edit = smallest_edit(scene.moment, scene.explained, 10)
        removal = panels.removal(scene, exact_sum.explained(scene))
        if edit.kind != "none" and removal and scene.ids(edit.window) != removal[1]:
            break  # else the lead offers the same edit
    app, window = opened(user=user), scene.ids(edit.window)
    app.button(key="apply_edit").click().run()
    assert app.query_params["window"] == ",".join(window)
    rank = float(page_context.scene(sample, replace(scene.view, window=tuple(window))).ranking.ranks[edit.item])
    assert rank == edit.new_rank > 10 >= edit.rank
    assert app.selectbox(key="why_item").value == edit.item
    assert f"from {ordinal(edit.rank)} to {ordinal(rank)}" in said(app)
    assert "leaves the top 10" in said(app)
    app.button(key="why_undo").click().run()
    assert "window" not in app.query_params
    assert "Last edit" not in said(app)
    assert app.selectbox(key="why_item").value == edit.item


def test_an_edit_that_the_lead_offers_is_not_offered_again_and_does_what_it_says(sample: Run) -> None:
    scene = page_context.scene(sample, View(user="Bilal Weber"))
    before = exact_sum.explained(scene)
    window = scene.ids(smallest_edit(scene.moment, scene.explained, 10).window)
    assert window == panels.removal(scene, before)[1]
    app = opened(user="Bilal Weber")
    assert [button.key for button in app.button if button.key in ("apply_edit", "remove_reason")] == ["remove_reason"]
    assert app.button(key="remove_reason").label == "Remove Rocky"
    app.button(key="remove_reason").click().run()
    after = exact_sum.explained(page_context.scene(sample, app.session_state["view"]))
    assert (after.item, after.rank) == (before.item, before.reason.new_rank)
    assert after.reason.sentence in app.header[0].value.replace("\\", "")


def test_an_edit_is_told_in_words(sample: Run) -> None:
    scene = scene_of(sample)
    window, titles = scene.window, [short(scene.title(item), 30) for item in scene.window]
    new_item = int(scene.ranking.top(1)[0])
    cases = {
        f"Removed “{titles[1]}”": np.delete(window, 1),
        f"Added “{short(scene.title(new_item), 30)}”": np.append(window, new_item),
        f"Replaced “{titles[0]}” with “{short(scene.title(new_item), 30)}”": np.append(window[1:], new_item),
        f"Swapped “{titles[2]}” and “{titles[3]}”": window[[0, 1, 3, 2, 4]],
        "Reordered the items": window[::-1][[1, 0, 2, 4, 3]],
    }
    for sentence, after in cases.items():
        assert panels.change_of(scene, window, after) == sentence


def test_without_an_exact_sum_leaving_out_is_shown(sample: Run) -> None:
    app, scene = opened(user=sample.interactions.user_ids[USER], pool="max"), scene_of(sample, pool="max")
    assert "no exact sum" in app.info[0].value
    assert len(sent(app, "_bars")) == 2  # what leaving out does, and the comparison with another item
    effects = leave_one_out(scene.moment, scene.explained)
    lengths = [length for _, _, length in bars(app, "left_out")]
    assert lengths[::2] == pytest.approx([effect.delta_distance for effect in effects.delete])
    assert lengths[1::2] == pytest.approx([effect.delta_distance for effect in effects.mask])
    assert sent(app, "influence")[0]["rows"][0]["exact"] is None


VIEWS = ("user=nobody&window=alien,alien,amelie", "likes=alien,amelie,heat", "pool=min&window=alien")


@pytest.mark.parametrize("query", [*VIEWS, "omega=1.0&top=20", "item=alien&window=alien,amelie"])
def test_every_kind_of_view_is_answered(query: str) -> None:
    app = opened(**dict(parse_qsl(query)))
    assert app.selectbox(key="why_item").value is not None
    assert sent(app, "ranking")


def test_the_search_box_explains_any_item_and_emptied_the_first_again(sample: Run) -> None:
    """The selection goes with the explained item where it was on the one before."""
    scene = scene_of(sample)
    order, window_item = scene.ranking.top(50).tolist(), scene.item_id(scene.window[0])
    first, last = scene.item_id(order[1]), scene.item_id(order[-1])
    app = opened(user=scene.who, item=first, selected=first)
    app.selectbox(key="why_item").set_value(order[-1]).run()
    assert app.query_params["selected"] == app.query_params["item"] == last
    marks = {row["id"]: row["marks"] for row in sent(app, "ranking")[0]["rows"]}
    assert "explained" in marks[last]
    app.selectbox(key="why_item").set_value(None).run()
    assert "item" not in app.query_params and "selected" not in app.query_params
    assert app.selectbox(key="why_item").value == order[0]
    app = opened(user=scene.who, item=first, selected=window_item)
    app.selectbox(key="why_item").set_value(order[2]).run()
    assert app.query_params["selected"] == window_item


def test_a_title_is_text_in_every_figure(small_run: Run) -> None:
    data = replace(small_run.interactions, titles=tuple("<b>&lt;" for _ in small_run.interactions.titles))
    scene = page_context.scene(replace(small_run, interactions=data), View(user=data.user_ids[3]))
    explanation = exact_sum.explained(scene)
    record = influence.truth_table(scene, explanation)
    for drawing in (
        exact_sum.draw_waterfall(scene, exact_sum.waterfall(scene, explanation, from_average=False)),
        exact_sum.draw_versus(scene, exact_sum.versus(scene, explanation.item, exact_sum.rival(scene))),
        influence.left_out(scene, record),
        influence.orders(scene, record),
    ):
        text = checked(drawing).to_json()
        assert "<b>&lt;" not in text.replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&")


@given(low=st.floats(-3, 0), wide=st.floats(0.003, 900))
def test_ticks_of_one_axis_have_one_format(low: float, wide: float) -> None:
    axis = round_ticks(low, low + wide)
    values, texts = axis["tickvals"], axis["ticktext"]
    assert 3 <= len(values) <= 10
    assert all(low - 1e-6 * wide <= value <= low + wide * (1 + 1e-6) for value in values)
    assert len({len(text.partition(".")[2]) for text in texts if text != "0"}) == 1
    assert not [text for text in texts if text.lstrip("−").startswith("0") and text != "0"]
    assert [float(text.replace("−", "-")) for text in texts] == pytest.approx(values)


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (3.2e-8, "3·10⁻⁸"), (1e-10, "1·10⁻¹⁰"), (0.04, "4·10⁻²")])
def test_a_residual_is_written_as_a_power_of_ten(value: float, text: str) -> None:
    assert exact_sum.power_of_ten(value) == text


def test_an_item_that_has_been_had_has_no_place_in_the_list(sample: Run) -> None:
    """The item would have a rank, but no text says that it has this rank."""
    before = scene_of(sample, 3)
    window = tuple(before.item_id(recent) for recent in before.window)
    item = next(before.item_id(item) for item in before.history[: before.step] if item not in before.window)  # seen
    page_scene = scene_of(sample, 3, item=item, window=window[:-1])
    explanation = exact_sum.explained(page_scene)
    rank, out = ordinal(explanation.rank), out_of_it(page_scene, explanation.item)
    assert panels.headline(page_scene, explanation).startswith(f"Not a candidate: {out};")
    assert f"“{page_scene.title(explanation.item)}” would be {rank}" in explanation.sentence
    edit = panels.what_happened(page_scene, before.moment, explanation.item, 10)
    assert edit.startswith("Removed ") and edit.endswith("; not a candidate.")
    assert rank not in edit
    versus = exact_sum.versus(page_scene, explanation.item, exact_sum.rival(page_scene))
    assert not versus.comparable
    assert "nearer than" in versus.heading
    inside = scene_of(sample, 5, item=scene_of(sample, 5).item_id(scene_of(sample, 5).window[0]))
    assert out_of_it(inside, inside.explained) in panels.headline(inside, exact_sum.explained(inside))


def test_the_lead_names_the_item_without_which_the_rank_changes_most(sample: Run) -> None:
    """It says so where the rank drops although the table shows that the distance falls."""
    n_opposed = 0
    for user in range(40):
        page_scene = scene_of(sample, user)
        explanation, item = exact_sum.explained(page_scene), page_scene.explained
        reason = explanation.reason
        windows = [np.delete(page_scene.window, position) for position in range(len(page_scene.window))]
        rankings = [page_scene.moment.with_window(window).ranking for window in windows]
        ranks = np.array([ranking.ranks[item] for ranking in rankings])
        changes = np.abs(ranks - explanation.rank)
        if changes.max() == 0:
            assert panels.removal(page_scene, explanation) is None
            assert "whichever recent item is removed" in reason.sentence
            continue
        assert set(reason.places) == set(np.flatnonzero(changes == changes.max()) + 1)
        assert reason.new_rank == ranks[reason.places[0] - 1]
        share = percent(float(page_scene.trace.column_weights[reason.places[0] - 1]))
        parts = (f"is {ordinal(explanation.rank)}. ", " most: without", f"({share} of the attention)")
        assert not [part for part in parts if part not in reason.sentence]
        assert f"it drops to {ordinal(reason.new_rank)}" in reason.sentence
        before = page_scene.ranking.blended[item]
        falls = [rankings[place - 1].blended[item] - before <= -SHOWS for place in reason.places]
        assert reason.sentence.endswith(", although its distance falls.") == all(falls)
        assert (" its rank most: without " in reason.sentence) == all(falls)
        n_opposed += all(falls)
    assert n_opposed, "the sample has such a user"


def test_the_lead_says_where_no_item_decides_and_where_none_can_be_removed(sample: Run) -> None:
    taste = scene_of(sample, 5, omega=1.0)
    assert exact_sum.explained(taste).reason.sentence.endswith("only the long-term taste counts.")
    single = page_context.scene(sample, View(window=("alien",)))
    explanation = exact_sum.explained(single)
    assert "is the only item of the window" in explanation.reason.sentence
    assert panels.removal(single, explanation) is None
    assert "Without a user" in panels.headline(single, explanation)
    twice = page_context.scene(sample, View(window=("alien", "rocky", "alien")))
    sentence = exact_sum.explained(twice).reason.sentence
    assert any(part in sentence for part in ("(A)", "(C)", twice.title(twice.window[1])))


@pytest.fixture
def repeated(small_run: Run) -> Scene:
    histories = {user: history + history[:1] for user, history in random_histories(1).items()}
    run = replace(small_run, interactions=interactions_of(histories))
    return next(
        now
        for user in run.interactions.user_ids
        if (now := page_context.scene(run, View(user=user))).target is not None and now.target not in now.window
    )


def test_the_rank_of_a_repeat_is_among_the_unseen_items_and_this_one(repeated: Scene) -> None:
    """As in the evaluation."""
    run, target = repeated.run, repeated.target
    ranker = AttRec.of(run.model_config, run.arrays).ranker()
    evaluation = evaluate(ranker, windows.leave_one_out(run.interactions), run.model_config.window, "test")
    (rank,) = evaluation.ranks[evaluation.users == repeated.user]
    assert repeated.ranking.ranks[target] == rank
    unseen = run.interactions.n_items - len(np.unique(repeated.history[: repeated.step]))
    among = f"of the {unseen} items {repeated.who} has not seen"
    assert ranking_sentence(repeated).endswith(f"{among} and this one.")
    other = next(item for item in repeated.ranking.top(2).tolist() if item != target)
    for item, which in ((target, "this"), (other, "the actual next")):
        about_it = page_context.scene(run, replace(repeated.view, item=repeated.item_id(item)))
        assert f"{among} and {which} one;" in headline(about_it, explained(about_it))


SUMS = ("ease", "itemknn")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: saved(name, tmp_path_factory.mktemp("sums")) for name in SUMS}


@pytest.mark.usefixtures("opened_runs")
@pytest.mark.parametrize("name", SUMS)
def test_the_page_shows_what_each_item_adds_to_a_sum(name: str, folders: dict[str, Path]) -> None:
    page_scene = page_context.scene(load(folders[name]), View(user="user 3"))
    first, *_, fifth = page_scene.ranking.top(5).tolist()
    for chosen, item, rank in (({}, first, "1st"), ({"item": page_scene.item_id(fifth)}, fifth, "5th")):
        app = opened(run=name, user="user 3", **chosen)
        assert not app.info and not app.error
        headings = [header.value.replace("\\", "") for header in app.header]
        assert any(heading.startswith(f"“{page_scene.title(item)}” is {rank}") for heading in headings)
        assert "What each item adds to the score" in headings
        assert f"The score, {number(item_parts(page_scene.moment, item).score, 3)}, is the sum of" in page_text(app)
    assert "Why this item? →" in [link.label for link in page_links(opened_page("explore/attention", run=name))]
