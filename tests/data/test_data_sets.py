"""A data set on disk: it opens as it was imported, damage is named, and its distributions count correctly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from shelf_worlds import sentence, without_checksums
from table_files import put, refused

from attrec_core import data
from attrec_core.cli import main
from attrec_core.cli.output import flag
from attrec_core.data import data_sets, importing
from attrec_core.data.interactions import Interactions
from attrec_core.data.offers import TABLE_1
from attrec_core.data.options import Columns, Options
from attrec_core.data.report import Counts, ImportReport
from attrec_core.errors import InputError

ARRAYS = ("users", "items", "times", "starts")
WORDS = ("user_ids", "item_ids", "titles", "genres", "years", "source", "tie_rule", "duplicates", "about", "time_unit")


@pytest.fixture(scope="module")
def imported() -> tuple[Interactions, ImportReport]:
    return importing.import_data(ROOT / "sample_data", Options(k_core=40))


@pytest.fixture
def saved(imported: tuple[Interactions, ImportReport], tmp_path: Path) -> Path:
    data_sets.save(*imported, tmp_path / "mine", "My films", options=Options(k_core=40))
    return without_checksums(tmp_path / "mine")


def same(one: Interactions, other: Interactions) -> None:
    for name in ARRAYS:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in WORDS:
        assert getattr(one, name) == getattr(other, name), name
    assert dict(one.dropped) == dict(other.dropped)


def test_a_data_set_comes_back_as_it_was(imported: tuple[Interactions, ImportReport], saved: Path) -> None:
    opened = data_sets.load(saved)
    same(opened.interactions, imported[0])
    assert opened.report == imported[1]
    assert (opened.name, opened.about["options"]) == ("My films", {"k_core": 40})
    assert (imported[0].name, data.read(saved).name) == ("", "My films")
    assert sorted(path.name for path in saved.iterdir()) == sorted(data_sets.FILES)


@pytest.mark.parametrize(
    ("options", "flag_of"),
    [
        ({"events": ("buy",)}, "--event"),
        ({"events": ("buy",), "columns": Columns(event="event")}, "--event"),
        ({"min_rating": 3}, "--min-rating"),
    ],
)
def test_what_a_data_set_does_not_keep_is_no_question_of_columns(
    saved: Path, options: dict[str, object], flag_of: str
) -> None:
    error = refused(saved, "[not_kept ", **options)
    assert f"Use {flag_of} when you import the file" in error.sentence(flag)


def test_the_papers_data_sets_suit_the_settings_that_the_paper_trains_them_with() -> None:
    suits = {row.name: importing.preset_of(row.counts) for row in TABLE_1}
    assert {name for name, preset in suits.items() if preset == "movielens"} == {"ML-100K", "ML-HetRec", "ML-1M"}
    assert importing.preset_of(Counts(100, 5000, 5000)) == "movielens"  # a density of 1 %, 50 interactions per user
    for counts, is_unsure in {Counts(100, 5000, 4999): False, Counts(100, 5100, 5000): True}.items():
        assert (importing.preset_of(counts), importing.is_unsure(counts)) == ("sparse", is_unsure)


SAYS = b'{"format": "attrec-data", "version": 1, "name": "", '
BROKEN = {
    "missing": ("interactions.npz", None, "interactions.npz is missing"),
    "no json": ("data.json", b"{", "data.json is damaged or not part of a data set"),
    "foreign": ("data.json", b'{"format": "x"}', "does not describe a data set"),
    "newer": ("data.json", b'{"format": "attrec-data", "version": 99}', "newer version"),
    "no source": ("data.json", SAYS + b'"data": {}, "source": ""}', "too little"),
    "no data": ("data.json", SAYS + b'"data": 0, "source": {}}', "too little"),
    "no arrays": ("interactions.npz", b"junk", "interactions.npz"),
    "other items": ("items.csv", b"item,title,year,genres\n", "These are not valid interactions"),
    "cooked report": ("report.json", b"{}", "report.json is damaged"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_damaged_data_set_is_named(saved: Path, case: str) -> None:
    name, content, message = BROKEN[case]
    (saved / name).unlink() if content is None else (saved / name).write_bytes(content)
    assert message in sentence(lambda: data_sets.load(saved))


def test_a_data_set_does_not_take_anothers_place(imported: tuple[Interactions, ImportReport], saved: Path) -> None:
    with pytest.raises(InputError, match="exists already"):
        data_sets.save(*imported, saved)
    data_sets.save(*imported, saved, overwrite=True)
    letter = put(saved.parent, "foreign/letter.txt", "keep me")
    with pytest.raises(InputError, match="is not a data set"):
        data_sets.save(*imported, letter.parent, overwrite=True)


def test_import_says_the_same_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, file = tmp_path / "set", tmp_path / "report.txt"
    assert main(["import", str(ROOT / "sample_data"), "--out", str(out), "--report", str(file), "--k-core", "45"]) == 0
    printed = capsys.readouterr().out
    assert printed == file.read_text() == data_sets.load(out).report.text + "\n"
    assert main(["import", str(out), "--out", str(tmp_path / "again"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["read"] == data_sets.load(out).report.read == answer["kept"] + sum(answer["dropped"].values())
    assert (out / "causes.csv").is_file() and (tmp_path / "again" / "causes.csv").is_file()
    assert main(["inspect", str(out)]) == 0
    assert "The data set 'set', imported from sample_data" in capsys.readouterr().out
