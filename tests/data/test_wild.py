"""Data as people bring it that was once read wrongly: the right answer, or a question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import interactions_of, random_histories

from attrec_core.cli import main
from attrec_core.data import importing
from attrec_core.data.interactions import Interactions
from attrec_core.data.options import Options
from attrec_core.data.report import ImportReport, repeats_sentence
from attrec_core.data.windows import leave_one_out, repeated_targets

TAGS = "userID\tartistID\ttagID\tday\tmonth\tyear\n"


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def read(path: Path, **options: object) -> tuple[Interactions, ImportReport]:
    data, report = importing.import_data(path, Options(**options))
    assert report.read == report.kept + sum(report.dropped.values())
    return data, report


def tags(folder: Path) -> Path:
    """Each of 12 users gives an artist two tags on every day, and on the last day two artists."""
    rows = [(user, (user + day) % 7, day) for user in range(12) for day in range(1, 7)]
    lines = [f"{user}\t{artist}\t{tag}\t{day}\t5\t2009\n" for user, artist, day in rows for tag in (1, 2)]
    put(folder, "user_taggedartists.dat", TAGS + "".join(lines))
    return folder


def test_several_tags_for_an_artist_at_once_are_one_interaction(tmp_path: Path) -> None:
    data, report = read(tags(tmp_path))
    assert (report.read, report.kept, report.duplicates) == (144, 72, "collapse")
    assert report.dropped == {"same user, item and time again": 72}
    assert repeated_targets(data.items, data.starts) == 0
    data, report = read(tmp_path, duplicates="keep")
    assert (report.kept, report.duplicates) == (144, "keep")
    assert repeated_targets(data.items, data.starts) == 1


def test_collapsing_keeps_an_item_that_comes_again_later(tmp_path: Path) -> None:
    rows = "a,p,1\na,p,1\na,q,1\na,p,1\na,p,2\nb,p,1\nb,q,2\nb,r,3\n"
    path = put(tmp_path, "rows.csv", "user,item,time\n" + rows)
    data, report = read(path, duplicates="collapse")
    assert [data.item_ids[item] for item in data.history(0)] == ["p", "q", "p"]
    assert report.dropped == {"same user, item and time again": 2}


def test_a_data_set_remembers_what_became_of_its_repeats(tmp_path: Path) -> None:
    assert main(["import", str(tags(tmp_path / "raw")), "--out", str(tmp_path / "set")]) == 0
    data, report = read(tmp_path / "set")
    assert (data.duplicates, report.kept) == ("collapse", 72)


def test_repeated_targets_are_counted_as_a_slow_count_does() -> None:
    histories = {user: [*items, *items[: len(user) % 2]] for user, items in random_histories(4).items()}
    data = interactions_of(histories)
    users = leave_one_out(data).evaluated
    again = [data.history(user)[-1] in data.history(user)[:-1] for user in users]
    assert 0 < sum(again) < len(again)
    assert repeated_targets(data.items, data.starts) == sum(again) / len(again)


def test_few_repeats_are_not_worth_a_sentence() -> None:
    assert repeats_sentence(0.05) == ""
    assert repeats_sentence(0.06).startswith("6 % of the test items are repeats")


def test_figures_of_data_that_repeats_say_so_wherever_they_stand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "user,item,time\n" + "".join(f"u{u},i{(u + k % 4) % 9},{k}\n" for u in range(12) for k in range(6))
    path, out = put(tmp_path, "rows.csv", text), str(tmp_path / "run")
    sentence = "100 % of the test items are repeats: the user had them before."
    assert main(["inspect", str(path)]) == 0
    assert sentence in capsys.readouterr().out
    assert main(["train", str(path), "--out", out, "--epochs", "1", "--set", "dim=4", "--no-maps"]) == 0
    assert sentence in capsys.readouterr().err
    assert main(["info", out, "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["test_items_in_history"] == 1
    assert sentence in captured.err
    assert main(["evaluate", out]) == 0
    assert sentence in capsys.readouterr().err
