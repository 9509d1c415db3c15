"""A second file with titles, genres and years: what is read of it is shown and counted, and can be chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from table_files import put, read, refused

from attrec_core.cli import main
from attrec_core.data import importing
from attrec_core.data.options import OF_ITEMS, OF_METADATA, Columns, Options
from attrec_core.data.report import ItemSeen

ITEMS = [f"B{100 + 7 * n}" for n in range(40)]
HEADERS = {
    "German": ("Leser;Artikel;Ausleihdatum", "Artikel;Titel;Genre;Jahr"),
    "German ids": ("Kunden-Nr.;Buchnummer;Zeitpunkt", "Nr;Bezeichnung;Kategorie;Erscheinungsjahr"),
    "French": ("Lecteur;Livre;Date d’emprunt", "Livre;Titre;Catégorie;Année"),
    "French ids": ("Numéro d'adhérent;ID livre;Horodatage", "id_livre;Intitulé;Genre;annee"),
    "Spanish": ("Usuario;Artículo;Fecha", "Artículo;Título;Género;Año"),
    "Spanish ids": ("id_cliente;ID película;Fecha y hora", "id_pelicula;Nombre;categoría;ano"),
    "Korean": ("회원번호;도서번호;대출일시", "도서번호;제목;장르;출판연도"),
    "Korean ids": ("사용자 ID;상품코드;날짜", "상품코드;상품명;카테고리;연도"),
    "English": ("userId;Item ID;Date", "itemid;Title;Genres;Release year"),
}


def loans(folder: Path, header: str) -> Path:
    rows = [f"L{n % 9};{ITEMS[n * 11 % 40]};{1 + n % 28:02}.{1 + n // 28:02}.2024 09:00" for n in range(72)]
    return put(folder, "ausleihen.csv", "\n".join([header, *rows]) + "\n")


def titles(folder: Path, header: str, name: str = "titel.csv") -> Path:
    rows = [f"{item};Werk {item[1:]};Krimi|Roman;{1950 + n}" for n, item in enumerate(ITEMS)]
    return put(folder, name, "\n".join([header, *rows]) + "\n")


@pytest.mark.parametrize("language", HEADERS)
def test_the_usual_headers_of_five_languages_are_recognised_in_both_tables(tmp_path: Path, language: str) -> None:
    of_rows, of_items = HEADERS[language]
    path, metadata = loans(tmp_path, of_rows), titles(tmp_path, of_items)
    data, report = read(path, metadata=metadata)
    assert (data.n_users, data.n_items, data.n_interactions, data.time_unit) == (9, 40, 72, "s")
    at = data.item_ids.index("B107")
    assert (data.titles[at], data.genres[at], data.years[at]) == ("Werk 107", ("Krimi", "Roman"), "1951")
    assert any("of 40 items, 40 have a title, 40 have genres, 40 have a year" in text for text in report.recognised)
    assert len(report.first_items) == 3
    assert report.first_items[0] == ItemSeen("B100", "Werk 100", "Krimi|Roman", "1950")
    preview = importing.preview(path, Options(metadata=metadata))
    assert preview.first_items == report.first_items
    assert preview.metadata is not None
    names = of_items.split(";")
    assert [column.name for column in preview.metadata.columns] == names
    assert [column.role for column in preview.metadata.columns] == ["item", *OF_ITEMS]
    assert [preview.metadata.candidates[role][0] for role in OF_METADATA] == names


def test_what_a_joined_table_lacks_stays_as_the_rows_have_it(tmp_path: Path) -> None:
    rows = [f"r{n % 2},b{n},Own {n},{n + 1}" for n in range(9)]
    put(tmp_path, "loans.csv", "\n".join(["reader,book_id,title,date", *rows]) + "\n")
    put(tmp_path, "extra.csv", "book_id,title,genre\nb0,Better,Crime\nb1,,Novel\n")
    data, report = read(tmp_path, columns=Columns(user="reader"))
    assert data.titles == ("Better", *(f"Own {n}" for n in range(1, 9)))
    assert data.genres[:3] == (("Crime",), ("Novel",), ())
    assert any("of 9 items, 1 has a title, 2 have genres." in text for text in report.recognised)
    other = tmp_path / "numbers"  # where the numbers of a table may mean other items, it is not joined
    put(other, "loans.csv", "\n".join(["user,item,title,date", *rows]).replace(",b", ",") + "\n")
    put(other, "movies.csv", "item,title\n3,Alien\n70,Heat\n")
    data, report = read(other)
    assert data.titles == tuple(f"Own {n}" for n in range(9))
    assert any("may mean another item" in remark for remark in report.remarks)


def test_the_columns_of_the_file_of_titles_can_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, metadata = loans(tmp_path, "user;item;time"), titles(tmp_path, "Kürzel;Werk;Art;Erschienen")
    listed = "are: 'Kürzel', 'Werk', 'Art', 'Erschienen'"
    refused(path, "titel.csv has no item column ", listed, "[no_item_column metadata_item_column]", metadata=metadata)
    preview = importing.preview(path, Options(metadata=metadata))
    assert preview.fault.code == "no_item_column" and "Werk" in preview.metadata.candidates["title"]
    flags = ["--metadata", str(metadata), "--metadata-item-column", "Kürzel"]
    assert main(["inspect", str(path), *flags]) == 2
    assert "'Werk', 'Art', 'Erschienen'. Name it with --title-column." in capsys.readouterr().err
    flags += ["--title-column", "Werk", "--genres-column", "3", "--year-column", "Erschienen"]
    assert main(["inspect", str(path), *flags]) == 0
    text = capsys.readouterr().out
    assert "item = Kürzel, title = Werk, genres = Art, year = Erschienen" in text
    assert "item B100  title Werk 100  genres Krimi|Roman  year 1950" in text
    assert main(["inspect", str(path), *flags, "--title-column", "Titel"]) == 2
    assert "titel.csv has no column 'Titel'; its columns are: 'Kürzel'" in capsys.readouterr().err


def test_none_of_the_columns_of_the_file_of_titles_can_be_chosen(tmp_path: Path) -> None:
    path, metadata = loans(tmp_path, "user;item;time"), titles(tmp_path, "Artikel;Titel;Genre;Jahr")
    without = Columns(title="none", year="none")
    data, report = read(path, metadata=metadata, columns=without)
    assert data.titles == data.item_ids and {*data.years} == {""} and data.genres[0] == ("Krimi", "Roman")
    assert not any(remark.startswith("No titles") for remark in report.remarks)  # a person chose it
    preview = importing.preview(path, Options(metadata=metadata, columns=without))
    assert [column.role for column in preview.metadata.columns] == ["item", None, "genres", None]
    of_json = put(tmp_path, "titel.json", "\n".join(f'{{"item": "{item}", "title": "Werk"}}' for item in ITEMS))
    for file in (metadata, of_json):
        data, report = read(path, metadata=file, columns=Columns(title="none", genres="none", year="none"))
        assert data.titles == data.item_ids and {*data.genres} == {()} and not any("titel" in x for x in report.remarks)


def test_a_chosen_column_that_only_the_rows_have_is_not_used(tmp_path: Path) -> None:
    """So a command runs that was written before the columns of the file of titles could be chosen."""
    rows = "".join(f"u{n % 3},b{n},{n},T{n}\n" for n in range(9))
    path = put(tmp_path, "rows.csv", f"user,item,time,heading\n{rows}")
    metadata = put(tmp_path, "books.csv", "item,title\n" + "".join(f"b{n},Book {n}\n" for n in range(9)))
    data, report = read(path, metadata=metadata, columns=Columns(title="heading"))
    assert data.titles[0] == "Book 0"
    (remark,) = (remark for remark in report.remarks if "'heading'" in remark)
    assert "books.csv has no column 'heading'" in remark
    refused(path, "[no_such_column title_column]", metadata=metadata, columns=Columns(title="nowhere"))


def test_a_file_of_titles_without_titles_is_no_file_of_titles(tmp_path: Path) -> None:
    path = loans(tmp_path, "user;item;time")
    without = titles(tmp_path, "item;Werk;Art;Erschienen")
    said = ("no column of titles, genres or years ", "'item', 'Werk'", "[no_title_column title_column]")
    refused(path, *said, metadata=without)
    data, report = read(path, metadata=titles(tmp_path, "item;Werk;Genre;Erschienen"))
    assert data.titles == data.item_ids and data.genres[0] == ("Krimi", "Roman")
    (remark,) = (remark for remark in report.remarks if remark.startswith("No titles"))
    assert "'Werk'" in remark
    assert any("of 40 items, 0 have a title, 40 have genres." in text for text in report.recognised)
    own_ids = "item;title\n" + "".join(f"{item};{item}\n" for item in ITEMS)
    _, report = read(path, metadata=put(tmp_path, "ids.csv", own_ids))
    assert any("of 40 items, 0 have a title." in text for text in report.recognised) and report.first_items == ()


def test_a_file_of_titles_of_other_items_says_so(tmp_path: Path) -> None:
    path = loans(tmp_path, "user;item;time")
    bare = put(tmp_path, "bare.csv", "item;title\n")
    refused(path, "bare.csv has columns ('item', 'title') and no rows", "[no_rows metadata]", metadata=bare)
    _, report = read(path, metadata=put(tmp_path, "other.csv", "item;title\nX1;Alien\nX2;Heat\n"))
    (remark,) = (remark for remark in report.remarks if remark.startswith("No titles"))
    assert "none of the items is in other.csv" in remark and "'X1'" in remark and "'B100'" in remark


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('{"B100": {"title": "Alien"}, "B107": {"title": "Heat"}}', "no_item_column", "its columns are: 'B100.title'"),
        ('{"items": [{"item": "B100", "title": "Alien"}]}', "no_item_column", "its first object has no id and no"),
        ("{}", "no_item_column", "its first object has no id and no title"),
        ('{\n "B100": {"title": "Alien"}\n}', "not_an_object", "line 1: not a JSON object, but '{'"),
        ('[{"name": "Alien"}, {"name": "Heat"}]', "no_item_column", "its columns are: 'name'"),
        ('[{"item": "B100", "length": 3}]', "no_title_column", "its columns are: 'item', 'length'"),
        ("[]", "no_columns", "has no columns"),
    ],
)
def test_json_that_is_no_list_of_items_says_what_is_wrong(tmp_path: Path, text: str, code: str, words: str) -> None:
    path = loans(tmp_path, "user;item;time")
    error = refused(path, "titel.json", words, f"[{code} ", metadata=put(tmp_path, "titel.json", text))
    assert error.setting is not None
