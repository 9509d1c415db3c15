"""Data of users that was once read wrongly: now it is read correctly, or the user is asked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from table_files import put, read, refused

import attrec_core as attrec
from attrec_core.cli import main
from attrec_core.cli.output import flag
from attrec_core.data import importing
from attrec_core.data.causes import causes_beside
from attrec_core.data.options import Columns
from attrec_core.views.data import tables

EPOCH = ("--epochs", "1", "--set", "dim=4", "--no-maps")


def in_parts(folder: Path, pattern: str, header: str = "user,item,time\n", end: str = "\n") -> Path:
    """Six interactions for each of 5 users; the latest two are in the files for validation and test."""
    for part, steps in (("train", range(4)), ("valid", [4]), ("test", [5])):
        rows = [f"u{u},i{(u + step) % 7},{step}" for u in range(5) for step in steps]
        put(folder, pattern.format(part), header + "\n".join(rows) + end)
    return folder


def together(pattern: str) -> str:
    return "+".join(pattern.format(part) for part in ("train", "valid", "test"))


@pytest.mark.parametrize("pattern", ["{}.csv", "toy_{}.txt", "{}/rows.csv", "train-set/{}.csv", "{}_full_rows.txt"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_parts_of_a_data_set_are_joined_where_that_is_asked(tmp_path: Path, pattern: str, end: str) -> None:
    folder = in_parts(tmp_path / "set", pattern, end=end)
    packed = Path(shutil.make_archive(str(tmp_path / "set"), "zip", folder))
    error, parts = refused(packed, "holds a data set in parts"), together(pattern)
    assert flag(f"choose member={parts}") == f"use --member {parts}" in error.sentence(flag)
    assert importing.members_of(packed)[0] == parts
    data, report = read(packed, member=parts)
    assert report.kept == 30
    assert [data.item_ids[item] for item in data.history(1)] == [f"i{n % 7}" for n in range(1, 7)]
    assert read(packed, member=pattern.format("test"))[1].read == 5


def test_data_without_times_says_nothing_of_ties(tmp_path: Path) -> None:
    rows = "".join(f"u{n % 5},i{n * 3 % 11},{n // 5 // 2}\n" for n in range(60))
    path = put(tmp_path, "rows.csv", "user,item,step\n" + rows)
    data, report = read(path, time_unit="none")
    assert not data.may_tie and not report.may_tie
    words = report.text + " ".join(report.remarks) + tables.report(report).to_string()
    assert not re.search(r"\bti(e|es|ed)\b|latest", words)
    data, report = read(path, columns=Columns(time="step"))
    assert data.may_tie and report.may_tie and "tie rule" in report.text
    early = "".join(f"{user},i{n},{max(n, int(user == 'b'))}\n" for user in "ab" for n in range(4))  # b's first two tie
    data, report = read(put(tmp_path, "rows.csv", "user,item,step\n" + early), columns=Columns(time="step"))
    assert data.may_tie and report.may_tie and data.time_unit == "order" and data.tied_last() == 0


def test_a_preview_of_a_long_array_of_json_reads_its_head_only(tmp_path: Path) -> None:
    rows = [{"user": f"u{n % 7}", "item": f"i{n % 9}", "time": n, "note": "x" * 1000} for n in range(1000)]
    for indent in (None, 1):
        path = put(tmp_path, "rows.json", json.dumps(rows, indent=indent)[:-9] + "broken")
        preview = importing.preview(path)
        assert preview.fault is None and not preview.whole and len(preview.rows) == 5
        refused(path, "not JSON from here on")


def test_a_long_field_in_the_first_lines_is_read(tmp_path: Path) -> None:
    """In a separate process: the limit of the csv module holds per process, and another reader may have raised it."""
    text = "x" * 150_000
    path = put(tmp_path, "reviews.csv", f'user,item,time,review\nu1,a,1,"{text}"\nu1,b,2,short\nu2,c,3,short\n')
    process = subprocess.run([sys.executable, "-m", "attrec_core", "inspect", path], capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (0, "")


def test_ids_written_as_decimals_are_whole_numbers_wherever_they_are_typed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{17_850 + u}.0,{(u + k) % 9}.0,{k}" for u in range(8) for k in range(5)]
    put(tmp_path, "set/interactions.csv", "user,item,time\n" + "\n".join(rows) + "\n,3.0,9\n")
    put(tmp_path, "set/catalogue.csv", "item,title\n3.0,Heat\n4.0,Alien\n")
    put(tmp_path, "set/causes.csv", "user,item,step,kind,cause_step,cause_item\n17850.0,2.0,2,sequel,0,0.0\n")
    data, report = read(tmp_path / "set")
    assert data.user_ids[0] == "17850" and data.item_ids == tuple("012345678")
    assert data.titles[3:5] == ("Heat", "Alien")
    assert "Each user is a whole number, written as a decimal: 1.0 is read as 1." in report.recognised
    assert len(causes_beside(tmp_path / "set", data).users) == 1
    out = str(tmp_path / "run")
    assert main(["train", str(tmp_path / "set"), "--out", out, *EPOCH]) == 0
    for user, window in (("17850", "3,4"), ("17850.0", "3.0,4.0")):
        capsys.readouterr()
        assert main(["recommend", out, "--user", user, "--window", window, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["window"] == ["3", "4"]
    run = attrec.load(out)
    assert run.user("17850.0").with_window(["3.0", "4"]).without("4.0").window == ["3"]


def test_an_array_of_json_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attrec_core.data.reading.json_objects.LARGEST_ARRAY", 10)
    path = put(tmp_path, "rows.json", '[{"user": "a", "item": "p", "time": 1}]')
    refused(path, "is one JSON array of 39 bytes; at most 10 bytes are read")
