"""The classroom file: what is in it, what is not, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from other_runs import made, remembering

from attrec_core.errors import InputError
from attrec_core.runs.run import Run
from attrec_core.views.classroom import file
from attrec_core.views.classroom.contents import packed, unpacked
from attrec_core.views.classroom.file import DATA, PANELS, Lesson, classroom, read_back
from attrec_core.views.classroom.people import cases


def inside(html: str) -> tuple[dict, dict[str, np.ndarray]]:
    """The header and the arrays of a file."""
    found = DATA.search(html)
    assert found is not None
    return unpacked(base64.b64decode(found[1]))


def test_the_file_holds_the_items_and_the_chosen_people_alone(sample: Run) -> None:
    run, users = sample, ["Ada Abe", "Bo Jung"]
    header, arrays = inside(classroom(run, Lesson(users=users)).html)
    data, rows = run.interactions, [run.user_index[user] for user in users]
    assert [person["name"] for person in header["people"]] == users
    for person, row in zip(header["people"], rows, strict=True):
        assert [header["titles"][item] for item in person["history"]] == [data.titles[i] for i in data.history(row)]
    np.testing.assert_array_equal(arrays["user_long"], run.weights["user_long"][rows])
    for name in ("item_short", "item_long", "projection"):
        np.testing.assert_array_equal(arrays[name], run.weights[name])
    for space in ("short", "long"):
        for projection in ("pca", "umap"):
            at = run.maps[f"{space}_{projection}"]
            np.testing.assert_array_equal(arrays[f"{space}_{projection}_items"], at[-data.n_items :])
    np.testing.assert_array_equal(arrays["long_umap_people"], run.maps["long_umap"][rows])  # all users are drawn
    of_maps = {f"{space}_{part}" for space in ("short", "long") for part in ("mean", "axes", "share")}
    of_maps |= {f"{space}_{kind}_items" for space in ("short", "long") for kind in ("pca", "umap")}
    tables = {"item_short", "item_long", "projection", "user_long", "long_pca_people", "long_umap_people"}
    assert set(arrays) == tables | of_maps


def test_only_the_chosen_people_are_named_and_none_where_names_are_hidden(sample: Run) -> None:
    users = sample.interactions.user_ids
    for hidden, expected in ((False, {"Ada Abe", "Bo Jung"}), (True, set())):
        made_file = classroom(sample, Lesson(users=["Ada Abe", "Bo Jung"], names_hidden=hidden))
        text = DATA.sub("", made_file.html) + str(inside(made_file.html)[0])
        assert {user for user in users if user in text} == expected


def test_the_still_picture_shows_no_more_than_the_file(sample: Run) -> None:
    run, user = sample, "Sami Jain"
    chosen = Lesson(users=[user], names_hidden=True, guess_first=True, items=30)
    html = classroom(run, chosen).html
    header, _ = inside(html)
    (still,) = re.findall(r'<div id="still">(.*?)</div>', html, re.DOTALL)
    assert set(re.findall(r"Person \d+", still)) == {"Person 1"}
    assert "actual" not in still
    shown = re.findall(r">\d+(?:st|nd|rd|th) ([^<]+)<", still)
    titles = [unescape(title) for title in header["titles"]]
    assert shown and all(any(title.startswith(unescape(text).rstrip("…")) for title in titles) for text in shown)
    assert "30 of the 418" not in html and f"{len(titles)} of the 418 items" in html  # with those of the history


@pytest.mark.long
def test_without_the_map_there_are_no_maps_in_the_file(sample: Run) -> None:
    header, arrays = inside(classroom(sample, Lesson(users=1, panels=["list"])).html)
    assert "maps" not in header and not any("pca" in name or "umap" in name for name in arrays)
    with pytest.raises(InputError) as error:
        classroom(replace(sample, maps=None), Lesson(users=1, panels=["map"]))
    assert error.value.code == "no_maps"


def test_fewer_items_are_the_popular_ones_and_those_of_the_histories(sample: Run) -> None:
    run, user = sample, "Ada Abe"
    header, arrays = inside(classroom(run, Lesson(users=[user], items=50)).html)
    popular = np.argsort(-run.popularity, kind="stable")[:50]
    kept = np.union1d(popular, run.interactions.history(run.user_index[user]))
    assert header["titles"] == [run.interactions.titles[item] for item in kept]
    assert header["catalogue"] == run.interactions.n_items
    np.testing.assert_array_equal(arrays["item_long"], run.weights["item_long"][kept])
    assert header["popular"][:50] == np.searchsorted(kept, popular).tolist()


def test_the_default_people_differ_and_teach_something_each(sample: Run) -> None:
    chosen = cases(sample, 12)
    assert len({case.user for case in chosen}) == len({case.title for case in chosen}) == 12
    assert all(case.title for case in chosen)
    assert [case.user for case in cases(sample, 3)] == [case.user for case in chosen[:3]]
    many = cases(sample, 10_000)
    assert len(many) == len({case.user for case in many}) == sample.interactions.n_users


def test_a_start_is_in_the_numbers_of_the_file(sample: Run) -> None:
    run = sample
    start = "user=Ada Abe&step=20&window=alien,amelie&item=pi&omega=0.5"
    header, _ = inside(classroom(run, Lesson(users=3, start=start, items=100)).html)
    shown = header["start"]
    assert header["people"][shown["user"]]["name"] == "Ada Abe"
    assert [header["titles"][item] for item in (*shown["window"], shown["item"])] == ["Alien", "Amélie", "Life of Pi"]
    assert (shown["step"], shown["omega"]) == (20, 0.5)


def test_the_policy_lets_the_pages_own_script_run_and_nothing_else(sample: Run) -> None:
    html = classroom(sample, Lesson(users=1)).html
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)
    (script,) = re.findall(r'<script type="module">(.*?)</script>', html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{digest}';" in policy
    assert not re.search(r"""(src|href)=["']?(https?:|//)""", html)


@pytest.mark.parametrize(
    "note",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[go](javascript:alert(1))",
        "![](https://a.example/b)",
    ],
)
def test_a_note_is_text_or_safe_markdown(sample: Run, note: str) -> None:
    html = DATA.sub("", classroom(sample, Lesson(users=1, note=f"# A <b>title</b>\n\n{note}")).html)
    (said,) = re.findall(r'<div class="note">(.*?)</div>', html, re.DOTALL)
    assert not re.search(r'<(?!/?p>|a href="https://a\.example/b">|/a>)', said)  # a link to the web is no request
    assert "<h1>A &lt;b&gt;title&lt;/b&gt;</h1>" in html


def test_the_same_choice_gives_the_same_bytes(sample: Run) -> None:
    first, second = (classroom(sample, Lesson(users=2)) for _ in range(2))
    assert first.html == second.html
    assert first.size == len(first.html.encode())


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        ({"users": 0}, "no_people"),
        ({"users": []}, "no_people"),
        ({"users": ["Nobody Here"]}, "unknown_user"),
        ({"panels": ["story", "maps"]}, "no_panel"),
        ({"panels": []}, "no_panel"),
        ({"panels": ["path"]}, "no_panel"),
        ({"note": "\0"}, "no_text"),
        ({"users": ["Bo Jung"], "start": "user=Ada Abe"}, "bad_start"),
        ({"start": "likes=alien"}, "bad_start"),
        ({"start": "mask=none"}, "bad_start"),
        ({"users": 1.5}, "out_of_range"),
        ({"items": 0}, "out_of_range"),
        ({"note": "\ud800"}, "no_text"),
        ({"users": ["Ada Abe"], "items": 5, "start": "item={rare}"}, "bad_start"),  # an item that is left out
        ({"users": 1}, "too_large"),
        ({"users": 1}, "not_attrec"),
    ],
)
def test_bad_choices_are_refused(sample: Run, choice: dict, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if code == "too_large":  # it is refused before it is made
        monkeypatch.setattr(file, "LARGEST", 1000)
    rare = sample.interactions.item_ids[int(sample.popularity.argmin())]
    choice |= {"start": choice["start"].format(rare=rare)} if "start" in choice else {}
    with pytest.raises(InputError) as error:
        classroom(made("sasrec") if code == "not_attrec" else sample, Lesson(**choice))
    assert error.value.code == code


def test_what_of_a_start_does_not_fit_is_left_out_and_remarked(sample: Run) -> None:
    made_file = classroom(sample, Lesson(users=2, start="user=Nobody&colour=blue&omega=0.5&item=nothing"))
    assert {remark.code for remark in made_file.remarks} == {"unknown_user", "not_a_choice", "unknown_item"}
    assert inside(made_file.html)[0]["start"] == {"omega": 0.5}


def test_a_run_without_maps_has_no_panel_of_them(sample: Run) -> None:
    run = replace(sample, maps=None)
    made_file = classroom(run, Lesson(users=1))
    header, arrays = inside(made_file.html)
    assert made_file.panels == tuple(panel for panel in PANELS if panel != "map") == tuple(header["panels"])
    assert 'id="map"' not in made_file.html
    assert not any(name.endswith("_items") for name in arrays)


def test_a_taste_from_items_has_no_vectors_of_users(sample: Run) -> None:
    header, arrays = inside(classroom(remembering(sample), Lesson(users=2)).html)
    assert "user_long" not in arrays
    assert header["config"]["taste"] == "items"
    assert header["config"]["memory_weights"][20] == pytest.approx(0.5)  # its half-life is 20


def test_a_file_says_what_is_in_it_unless_it_was_cut_or_changed(sample: Run, tmp_path: Path) -> None:
    path = tmp_path / "lesson.html"
    made_file = classroom(sample, Lesson(users=2))
    made_file.write(path)
    header = read_back(path)
    assert [len(header["titles"]), len(header["people"])] == [made_file.items, made_file.people]
    assert sum(header["sizes"].values()) == path.stat().st_size
    found = DATA.search(made_file.html)
    assert found is not None
    middle = (found.start(1) + found.end(1)) // 2
    changed = "A" if made_file.html[middle] != "A" else "B"
    for broken, code in (
        (made_file.html[:middle], "no_classroom"),
        (made_file.html[:middle] + changed + made_file.html[middle + 1 :], "damaged_file"),
        ("<p>another page</p>", "no_classroom"),
    ):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(InputError) as error:
            read_back(path)
        assert error.value.code == code


def test_whatever_byte_is_changed_the_data_is_refused_or_the_same() -> None:
    whole = packed({"format": 1}, {"a": np.arange(40, dtype="<f4")})
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0xFF
        try:
            header, arrays = unpacked(bytes(changed))
        except InputError as error:
            assert error.code == "damaged_file"
        else:  # such as the time in the head of a gzip stream
            assert header == {"format": 1} and arrays["a"].tolist() == list(range(40))
