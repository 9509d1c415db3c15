"""The page of the two maps: they show what the model computes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from app_pages import checked, component, opened_page, page_text
from conftest import ROOT, interactions_of
from hypothesis import given, settings
from hypothesis import strategies as st

from attrec_core.errors import InputError, number, ordinal, percent
from attrec_core.explain.across_users.users import statistics_of
from attrec_core.explain.exact_sum import exact_sum
from attrec_core.explain.two_items import farthest_pair, two_items
from attrec_core.runs import run as runs_run
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.views.across_users.scenes import prepared_scenes
from attrec_core.views.drawing.labels import LARGE, WIDE, Box, Label, Screen, box_at, overlap
from attrec_core.views.maps import items_at, main_genres, named_regions, regions_of
from attrec_core.views.metric_space import figures, panels, words
from attrec_core.views.metric_space.panels import TWO_ITEMS
from attrec_core.views.metric_space.path import MOMENT
from attrec_core.views.metric_space.words import SpaceMap
from attrec_core.views.moment.ranking import why_no_candidate
from attrec_core.views.page_context import Scene, scene
from attrec_core.views.view import View
from pages.frame import page_parts

opened = partial(opened_page, "explore/metric_space")
SAMPLE = load(ROOT / "sample_data" / "run")


def seen(sample: Run, **view: object) -> Scene:
    return scene(sample, View(user="Bilal Ono", step=20, **view))


def recorded(shown: Scene, space: str, projection: str = "pca", colour: str = "genre") -> SpaceMap:
    return words.space_record(shown, space, projection, colour, 10)


def drawn(shown: Scene, space: str) -> dict[str, dict]:
    """Returns the traces of a map by their names; labels have the name "labels"."""
    figure = checked(figures.space_map(recorded(shown, space))).to_dict()
    return {trace.get("name", "labels"): trace for trace in figure["data"]}


def test_the_browser_gets_the_path_and_the_step_and_the_switch_stands_in_the_address(sample: Run) -> None:
    """What depends on the step says which, since the map may play another."""
    app, length = opened(user="Bilal Ono", step="20"), len(sample.interactions.history(sample.user_index["Bilal Ono"]))
    assert app.segmented_control(key="space").value == "long"
    sent = component(app, "metric_space")
    assert "users" in sent["label"]
    assert sent["path"]["points"] is None
    assert (sent["path"]["step"], len(sent["path"]["items"])) == (20, length)
    app.segmented_control(key="space").set_value("short").run()
    assert app.query_params["space"] == "short"
    sent = component(app, "metric_space")
    assert "items and m" in sent["label"]
    assert sent["path"]["step"] == 20
    assert [len(sent["path"][name]) for name in ("points", "items", "near")] == [length] * 3
    assert not [slider for slider in app.slider if slider.key != "step"]
    assert "In the actual history, after 20 of" in page_text(app)
    assert "Nearest to m after 20 items" in [header.value for header in app.header]
    assert "Nearest to m after 20 items: “" in page_text(app)
    app = opened(user="Bilal Ono", step="1", projection="pca", space="short", selected="alien")
    assert [text.value for text in app.caption if text.value.endswith("after 1 item")]
    assert words.moment(scene(sample, View(window=("alien", "amelie")))) == ""  # no user, so no history to play


def test_a_selected_item_is_opened_beside_the_map(sample: Run) -> None:
    page_scene = seen(sample)
    first = int(page_scene.ranking.top(1)[0])
    app = opened(user="Bilal Ono", step="20", selected=page_scene.item_id(first))
    assert page_scene.title(first) in [header.value.replace("\\", "") for header in app.header]
    assert f"1st of {int(page_scene.ranking.candidates.sum())} candidates" in page_text(app)
    assert "lowers its distance most." in page_text(app)
    (link,) = (link.proto for link in app.get("page_link") if link.proto.label == "Why this item? →")
    assert f"item={page_scene.item_id(first)}" in link.query_string
    rows = [button for button in app.button if str(button.key).startswith("near_")]
    near = recorded(seen(sample, selected=page_scene.item_id(first)), "long", "umap").near
    rows[1].click().run()
    assert app.query_params["selected"] == page_scene.item_id(near[1].item)


def test_the_opened_item_is_said_exactly(sample: Run) -> None:
    page_scene = seen(sample)
    column, item = 1, int(page_scene.window[1])
    sentences = panels.item_sentences(page_scene, item)
    weights = np.delete(page_scene.trace.weights[:, column], column)
    top_title = page_scene.title(np.delete(page_scene.window, column)[weights.argmax()])
    share = percent(page_scene.trace.column_weights[column])
    assert f"Item B of the window. Average attention {share}." in " ".join(sentences[:2])
    assert f"“{top_title}” attends to it most" in sentences[1]
    candidates = np.flatnonzero(page_scene.ranking.candidates)
    terms = [exact_sum(page_scene.moment, int(candidate)).attraction[column] for candidate in candidates]
    title = page_scene.title(candidates[int(np.argmax(terms))])
    assert sentences[2] == f"Of all candidates, it lowers the distance of “{title}” most."
    seen_item = next(item for item in page_scene.history[:15].tolist() if item not in page_scene.window)
    assert panels.item_sentences(page_scene, seen_item)[0] == "Bilal Ono has already seen it."
    count = int((statistics_of(sample).explained == item).sum())
    assert panels.users(page_scene, item).startswith(f"Recommended first to {count if count else 'none'} of")


def test_regions_are_named_by_the_genre_that_stands_out_in_them(sample: Run) -> None:
    genres = np.array(main_genres(sample))
    for space in words.SPACES:
        at = items_at(sample, space, "pca")
        for region in regions_of(sample, space, "pca"):
            near = np.argsort(((at - region.at) ** 2).sum(1))[:25]
            assert (genres[near] == region.name).mean() > 1.5 * (genres == region.name).mean()
    assert len(regions_of(sample, "long", "umap")) >= 5


def test_a_heap_without_structure_has_no_region_and_two_clusters_have_their_genre() -> None:
    random = np.random.default_rng(0)
    heap = random.normal(size=(200, 2))
    genres = random.choice(["Drama", "Comedy", ""], 200).tolist()
    assert len(named_regions(heap, genres)) <= 1
    clusters = np.vstack([heap[:100] * 0.1, heap[100:] * 0.1 + [5, 0]])
    regions = named_regions(clusters, ["Drama"] * 100 + ["Comedy"] * 100)
    assert sorted((region.name, round(float(region.at[0]))) for region in regions) == [("Comedy", 5), ("Drama", 0)]


def boxes(record: SpaceMap, room: tuple[int, int]) -> list[Box]:
    """Returns the boxes of region names and labels in a map of this size."""
    screen, label_boxes = Screen.of(*record.cloud.corners, room), []
    for trace in figures.labels(record, room, room):
        for x, y, text, k in zip(trace["x"], trace["y"], trace["text"], range(99), strict=False):
            at = screen.pixels(np.array([x, y]))
            if trace.get("name") == "regions":
                half = len(text) * figures.REGION_LETTER / 2
                label_boxes.append((at[0] - half, at[1] - 11, at[0] + half, at[1] + 11))
            else:
                label_boxes.append(box_at(Label(*at, trace["marker"]["size"][k] / 2, text), trace["textposition"][k]))
    return label_boxes


def test_names_and_labels_on_the_map_do_not_collide(sample: Run) -> None:
    """Names of regions overlap nothing; labels overlap no other label."""
    for user in sample.interactions.user_ids[:12]:
        for space in words.SPACES:
            label_boxes = boxes(recorded(scene(sample, View(user=user, selected="alien")), space, "umap"), WIDE)
            assert sum(overlap(a, b) for a, b in combinations(label_boxes, 2)) == pytest.approx(0, abs=1)


def test_in_the_presenters_scene_no_label_lies_over_a_mark_and_there_is_a_legend_but_no_path(sample: Run) -> None:
    prepared = next(prepared for prepared in prepared_scenes(sample) if prepared.page == "metric-space")
    record = recorded(scene(sample, prepared.view), prepared.view.space, prepared.view.projection)
    marks = [
        (x - half, y - half, x + half, y + half)
        for mark, places in figures.pixels(record, LARGE).items()
        for half in [figures.MARKS[mark][1]["size"] / 2]
        for x, y in places.tolist()
    ]
    assert not [box for box in boxes(record, LARGE) for mark in marks if overlap(box, mark) > 1]
    page, shown = (
        recorded(scene(sample, replace(prepared.view, space="short", scene=number)), "short", "umap")
        for number in (None, prepared.number)
    )
    assert page.path is not None and shown.path is None  # a prepared scene is one moment
    drawing = checked(figures.space_map(shown, LARGE))
    assert drawing.layout.showlegend is not False
    assert "path of m" not in {trace.name for trace in drawing.data}


def test_of_a_large_catalogue_the_most_popular_items_are_drawn(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MOST_POINTS", 100)
    page_scene = scene(replace(sample), View(user="Bilal Ono"))
    record = recorded(page_scene, "short")
    traces = json.loads(figures.space_map(record)["ground"])
    popular = np.argsort(-sample.popularity, kind="stable")[:100]
    assert {item for trace in traces for item in trace["customdata"]} == {page_scene.item_id(item) for item in popular}
    assert words.space_caption(page_scene, record).startswith("Showing 100 of 418 items, the most popular ones")
    assert len(record.marks["top"].ids) == 10


def test_nobody_has_neither_a_path_nor_a_user_on_the_map_and_distances_to_m(sample: Run) -> None:
    app = opened(window="alien,aliens", space="short")
    assert component(app, "metric_space")["path"] is None
    assert "m has no path" in page_text(app)
    page_scene = scene(sample, View(window=("alien", "aliens")))
    record = recorded(page_scene, "long", colour="distance")
    assert record.cloud.value_name == "short-term distance to m"
    assert record.cloud.values is page_scene.ranking.short
    table = panels.whole_map(page_scene, record)
    assert table["squared distance to m"][:5].tolist() == page_scene.ranking.short[:5].round(4).tolist()


def test_lines_run_to_the_true_neighbours_of_what_is_compared(sample: Run) -> None:
    """Of m or the user, or of the selected item if there is one; in the order of the table."""
    for selected, space in product((None, "alien"), words.SPACES):
        page_scene = seen(sample, selected=selected)
        table = sample.arrays[f"item_{space}"]
        own = page_scene.trace.intent if space == "short" else page_scene.moment.taste
        of = own if selected is None else table[sample.item_index[selected]]
        near = np.argsort(((table - of) ** 2).sum(1))[selected is not None :][:10]
        assert [one.item for one in recorded(page_scene, space).near] == near.tolist()
        lines = drawn(page_scene, space)["nearest neighbours"]
        users = len(sample.maps["users"]) if space == "long" else 0
        assert np.allclose(lines["x"][1::3], sample.maps[f"{space}_pca"][users:][near, 0])
        assert len(set(lines["x"][0::3])) == 1
        assert lines["x"][2::3] == [None] * 10
        assert (lines.get("meta") == MOMENT) == (selected is None and space == "short")


def test_what_is_several_things_at_once_has_one_label(sample: Run) -> None:
    page_scene = seen(sample)
    first, *others = page_scene.ranking.top(10).tolist()
    marked = recorded(seen(sample, selected=page_scene.item_id(first)), "short").marks
    assert marked["top"].texts[0].startswith(f"1st {page_scene.title(first)}")
    assert marked["selected"].texts == ("",)
    assert [bool(text) for text in marked["top"].texts[3:]] == [item == page_scene.target for item in others[2:]]
    assert "recommended 4th" in marked["top"].labels[3]


def test_without_genres_none_is_offered_and_no_column_stands_empty(
    small_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not any(small_run.interactions.genres)
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path))
    runs_run.save(small_run, tmp_path / "runs" / "bare")
    app = opened(run="bare", colour="genre")
    colour = app.segmented_control(key="colour")
    assert (colour.value, list(colour.options)) == ("popularity", ["Popularity", "Distance"])
    assert "about" not in app.session_state[page_parts.COLLECTION].parts["near_twin"].frame()
    assert regions_of(small_run, "long", "pca") == ()
    assert "about" in opened().session_state[page_parts.COLLECTION].parts["near_twin"].frame()
    assert opened().segmented_control(key="colour").value == "genre"


def test_a_near_item_is_said_to_be_seen_or_has_its_rank(sample: Run) -> None:
    """The map writes the rank of a recommendation beside it, so the list has no other ordinals."""
    app = opened(user="Bilal Ono", step="20", space="short")
    page_scene = seen(sample, space="short")
    near = recorded(page_scene, "short", "umap").near
    marks = [" · ".join(why_no_candidate(page_scene, one.item)) for one in near]
    shown = [
        f"{mark or f'ranked {ordinal(page_scene.ranking.rank(one.item))}'} · {number(one.nearness, 3)}"
        for mark, one in zip(marks[:5], near, strict=False)
    ]
    names = [button.label for button in app.button if str(button.key).startswith("near_")]
    assert [name.replace("\\", "") for name in names] == [page_scene.title(one.item) for one in near[:5]]
    assert set(shown) <= {caption.value for caption in app.caption}
    assert {"in the window", "seen before"} & set(marks)
    assert app.session_state[page_parts.COLLECTION].parts["near_twin"].frame()["no candidate"].tolist() == marks


def test_the_page_says_how_far_its_map_may_be_trusted(sample: Run) -> None:
    for space in ("long", "short"):
        text = page_text(opened(user="Bilal Ono", step="20", projection="pca", space=space))
        trust = words.map_trust(sample, space, "pca")
        assert f"Map trustworthiness {percent(trust.value)} overall. " in text
        assert f"{percent(trust.chance)} by chance; k = 15" in text
    intent, at = seen(sample).trace.intent, sample.maps["short_pca"]
    m_at = (intent - sample.maps["short_mean"]) @ sample.maps["short_axes"].T
    pairs = ((sample.arrays["item_short"], intent), (at, m_at))
    near, drawn_near = (set(np.argsort(((a - b) ** 2).sum(1))[:15]) for a, b in pairs)
    kept = len(near & drawn_near)
    assert f"Around m after 20 items alone, the map keeps {kept} of the 15 nearest items" in text


def test_no_more_neighbours_are_counted_than_there_are_other_items(small_run: Run) -> None:
    """Eleven users and three items: the map has enough points for k = 6, but each item has only two others."""
    interactions = interactions_of({f"user {user}": ["a", "b", "c"] for user in range(11)})
    rows = {"item_short": 3, "item_long": 3, "user_long": 11}
    arrays = {**small_run.arrays} | {name: small_run.arrays[name][:count] for name, count in rows.items()}
    run = replace(small_run, interactions=interactions, arrays=arrays, maps=None)
    page_scene = scene(run, View(user="user 0", selected="a"))
    record = recorded(page_scene, "long", colour="popularity")
    assert "k = 6" in words.guide(page_scene, record)
    sentence = words.trust_sentence(page_scene, record)
    assert sentence.endswith("Around “a” alone, the map keeps 2 of the 2 nearest items.")


def test_a_link_to_two_items_shows_how_near_a_user_can_be_to_both(sample: Run) -> None:
    """An old link has the place of u too."""
    app = opened(user="Bilal Ono", apart="alien,amelie", between="40")
    assert "P, “Alien”, and Q, “Amélie”, are " in page_text(app)
    table = app.session_state[page_parts.COLLECTION].parts["two_items_twin"].frame()
    assert table["item"].tolist()[:2] == ["P", "Q"]
    assert table["distance to u"][0] == pytest.approx(0.4 * table["distance to Q"][0], abs=1e-3)
    assert "two_items_twin" not in opened(user="Bilal Ono").session_state[page_parts.COLLECTION].parts


worlds = st.builds(
    lambda seed, dim: np.random.default_rng(seed).normal(size=(20, dim)).astype(np.float32),
    st.integers(0, 10_000),
    st.integers(1, 7),
)


def world(vectors: np.ndarray | list[list[float]]) -> Run:
    """Returns the sample with other rows of V, for its first items, and as many rows of X."""
    table = np.asarray(vectors, np.float32)
    return replace(SAMPLE, arrays={**SAMPLE.arrays, "item_long": table, "item_short": table})


def known(*ends: list[float], rest: list[list[float]]) -> Scene:
    """P and Q at these points, then the other items; all further items are at 0."""
    vectors = np.zeros((SAMPLE.interactions.n_items, 64))
    vectors[: 2 + len(rest), :2] = [*ends, *rest]
    ids = SAMPLE.interactions.item_ids
    return scene(world(vectors), View(window=ids[:2], apart=ids[:2]))


@given(worlds, st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_the_distances_to_p_and_q_say_how_far_anything_is_from_u(vectors: np.ndarray, share: float) -> None:
    record = two_items(world(vectors), (3, 5), share, vectors[7])
    u = (1 - share) * vectors[3].astype(float) + share * vectors[5].astype(float)
    rest = np.setdiff1d(np.arange(20), [3, 5])
    assert np.allclose(record.to_u[rest], np.linalg.norm(vectors - u, axis=1)[rest], atol=1e-6)
    assert np.isinf(record.to_u[[3, 5]]).all()
    assert record.u == pytest.approx([np.linalg.norm(u - vectors[end]) for end in (3, 5)], abs=1e-6)
    assert record.taste == pytest.approx((record.to_p[7], record.to_q[7]))
    # The triangle inequality: nothing is in the shaded corner.
    assert (record.to_p + record.to_q >= record.apart - 1e-6).all()


@given(worlds)
@settings(max_examples=40, deadline=None)
def test_a_longer_vector_is_near_both_by_dot_product_and_the_default_pair_is_the_farthest(vectors: np.ndarray) -> None:
    record = two_items(world(vectors), (3, 5), 0.5, None)
    p, q = vectors[[3, 5]].astype(float)
    if record.longer is None:
        assert min(record.products) <= 1e-3 * record.own
    else:
        longer = record.longer * (p + q) / 2
        assert min(longer @ p, longer @ q) > max(p @ p, q @ q)
    items = [7, 2, 11, 2, 5]
    distances = {(a, b): np.linalg.norm(vectors[a] - vectors[b]) for at, a in enumerate(items) for b in items[at + 1 :]}
    pair = farthest_pair(world(vectors), np.array(items))
    assert distances[pair] == pytest.approx(max(distances.values()), rel=1e-5)
    assert items.index(pair[0]) < items.index(pair[1])  # the earlier one first
    assert farthest_pair(world(vectors), np.array([7, 2, 7])) == (7, 2)


def test_no_pair_where_everything_lies_in_one_place() -> None:
    assert farthest_pair(world(np.ones((5, 3))), np.arange(5)) is None
    with pytest.raises(InputError, match="two items at different points"):
        TWO_ITEMS.of(scene(SAMPLE, View(window=("alien",))))


def test_the_sentence_says_the_numbers() -> None:
    shown = TWO_ITEMS.of(known([1, 0], [0, 1], rest=[[0.5, 0.4], [3, 3]]))
    title = shown.about.title(2)
    assert "are 1.41 apart: no point is nearer than .71 to both." in shown.sentence
    assert f"“{title}” is nearest to u, the point between them: .64 from P and .78 from Q." in shown.sentence
    # u is (.5, .5) and has .5 with both; P and Q have 1 with themselves.
    assert "3 times as long as u, a vector scores 1.50 with P and 1.50 with Q" in shown.sentence
    opposite = TWO_ITEMS.of(known([1, 0], [-1, 0], rest=[[0, 1]]))
    assert opposite.sentence.endswith("it grows with the length of a vector.")


def test_the_distances_of_a_pair_are_computed_once() -> None:
    view = View(user="Bilal Weber", apart=("rocky", "alien"))
    first, again = (TWO_ITEMS.of(scene(SAMPLE, view)).record for _ in range(2))
    assert first is again
    moved = TWO_ITEMS.of(scene(SAMPLE, replace(view, between=30))).record
    assert (first.share, moved.share) == (0.5, 0.3)
