"""The command `classroom`: its flags, what it answers, and what it refuses without writing anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Cli

from attrec_core.storage.workspace import SAMPLE_RUN


def test_a_file_is_written_and_says_what_is_in_it(cli: Cli, tmp_path: Path) -> None:
    file, note = tmp_path / "lesson.html", tmp_path / "note.md"
    note.write_text("# My lesson\n\nLook at **one** row.", encoding="utf-8-sig")
    flags = ("--user", "Ada Abe", "--user", "Bo Jung", "--items", 60, "--panels", "list,story", "--note", note)
    made = cli.answer("classroom", SAMPLE_RUN, "--out", file, *flags, "--names", "hidden", "--guess-first")
    html = file.read_text(encoding="utf-8")
    assert "<h1>My lesson</h1>" in html and "<strong>one</strong>" in html
    assert sum(made["bytes"].values()) == file.stat().st_size
    inside = cli.answer("classroom", file, "--check")
    assert inside["people"] == ["Person 1", "Person 2"]
    assert (inside["items"], inside["of"], inside["panels"]) == (made["items"], 418, ["story", "list"])
    told, _ = cli.told("classroom", file, "--check")
    assert "Person 2" in told


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ((), "no_file"),
        (("--panels", "maps"), "no_panel"),
        (("--note", SAMPLE_RUN / "weights.safetensors"), "no_text"),
        (("--note", "no-such-file.md"), "unusable_file"),
        (("--users", "2", "--user", "Ada Abe"), "usage"),
        (("--items", "0"), "usage"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    flags: tuple[object, ...], code: str, cli: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "lesson.html"
    out = ("--out", file) if flags else ()
    assert cli.error("classroom", SAMPLE_RUN, *out, *flags).code == code
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_or_read_is_a_sentence(cli: Cli, tmp_path: Path) -> None:
    assert cli.error("classroom", SAMPLE_RUN, "--out", tmp_path / "no" / "lesson.html", "--users", 1).code == (
        "unusable_output"
    )
    other = tmp_path / "other.html"
    other.write_text("<p>another page</p>", encoding="utf-8")
    assert cli.error("classroom", other, "--check").code == "no_classroom"
    assert cli.error("classroom", other, "--out", tmp_path / "lesson.html").code != "fault"
