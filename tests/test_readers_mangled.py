"""Whatever a file holds: one sentence or a right answer, never anything else, and no row lost without a count."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_readers import MAKERS

from attrec_core import data
from attrec_core.data import Options
from attrec_core.errors import InputError

FEW = settings(max_examples=25, deadline=None)


def answer(path: Path, options: Options | None = None) -> data.Interactions | str:
    """Interactions whose report adds up, or the sentence that refuses them."""
    try:
        found, report = data.import_data(path, options)
    except InputError as error:
        text = str(error)
        assert text.strip()
        assert "\n" not in text, text
        return text
    assert report.read == report.kept + sum(report.dropped.values())
    assert report.kept == found.n_interactions == report.counts.interactions
    assert report.text
    return found


@pytest.mark.parametrize("name", MAKERS)
def test_a_mangled_file_is_read_or_refused_in_a_sentence(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("mangled")
    path = MAKERS[name](folder)
    main = max((file for file in folder.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    whole = main.read_bytes()

    @FEW
    @given(st.data())
    def mangle(draw: st.DataObject) -> None:
        content = bytearray(whole)
        for _ in range(draw.draw(st.integers(1, 4))):
            at = draw.draw(st.integers(0, len(content)))
            length = draw.draw(st.integers(0, 30))
            content[at : at + length] = draw.draw(
                st.one_of(
                    st.binary(max_size=8), st.sampled_from([b'"', b"\n", b",", b"\t", b"::", b"\r", b"\0", b"\xff"])
                )
            )
        main.write_bytes(bytes(content))
        answer(path)
        try:
            data.preview(path)
        except InputError as error:
            assert "\n" not in str(error)

    mangle()


FIELDS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=6)


@FEW
@given(
    st.lists(
        st.tuples(
            FIELDS, FIELDS, st.one_of(st.integers(-5, 10**13).map(str), st.sampled_from(["", "NaN", " 7 ", "1.5"]))
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([",", "\t", ";"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_no_row_of_a_table_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], delimiter: str, end: str
) -> None:
    """What is kept is what a reader that knows nothing of speed would keep."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("user", "item", "time"), *rows])
    path = tmp_path_factory.mktemp("rows") / "data.csv"
    path.write_bytes(text.getvalue().encode())
    whole = [row for row in rows if row[0].strip() and row[1].strip() and row[2] not in ("", "NaN")]
    wanted = sorted((user, item) for user, item, time in whole if not time.startswith("-"))
    found = answer(path)
    if isinstance(found, str):
        assert len(wanted) < 2 or len({u for u, _ in wanted}) < 2 or len({i for _, i in wanted}) < 3, found
        return
    kept = zip(found.users.tolist(), found.items.tolist(), strict=True)
    assert sorted((found.user_ids[user], found.item_ids[item]) for user, item in kept) == wanted


IDS = st.sampled_from(["1", "2", "3", "10", "99", "01", "+1", "1 ", "x", "1.0", "4000000000", "", '"5"', "-1"])


@FEW
@given(
    st.lists(st.tuples(IDS, IDS, st.sampled_from(["4", "3.5", ".", "", "x"])), min_size=1, max_size=12), st.booleans()
)
def test_ids_of_whole_numbers_are_never_changed(
    tmp_path_factory: pytest.TempPathFactory, odd: list[tuple[str, str, str]], closed: bool
) -> None:
    """The quick way for whole numbers and the exact way for text agree on what stands in the file."""
    plain = [(str(user), str(item), "4") for user in range(1, 30) for item in range(1, 8)]
    rows = plain + odd
    text = "userId,movieId,rating,timestamp\n" + "\n".join(f"{u},{i},{r},{10**9}" for u, i, r in rows) + "\n" * closed
    path = tmp_path_factory.mktemp("ids") / "ratings.csv"
    path.write_text(text, encoding="utf-8")
    found = answer(path)
    if isinstance(found, str):
        assert any(rating in ("x", ".") for _, _, rating in odd), found
        return
    kept = [(u.strip('"'), i.strip('"')) for u, i, _ in rows if u.strip() and i.strip()]
    assert set(found.user_ids) == {user for user, _ in kept}
    assert set(found.item_ids) == {item for _, item in kept}
    assert found.n_interactions == len(kept)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\0" * 50, b"PAR1junkPAR1", b"{", b"{}\n", b"\x1f\x8bjunk", b"PK\x03\x04junk"]
)
@pytest.mark.parametrize("name", ["a.csv", "a.inter", "ratings.dat", "a.json.gz", "a.parquet", "a.zip"])
def test_files_that_are_nothing_get_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert isinstance(answer(path), str)
