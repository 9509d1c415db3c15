"""A user's own model: only a file that the user names is run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from commands import Cli
from conftest import ROOT

import attrec_core as attrec
from attrec_core.cli import main
from attrec_core.explain.other_systems import WORKER
from attrec_core.models.registry import TRAINED
from attrec_core.runs.load import load
from attrec_core.runs.studies import load_study

EXAMPLE = f"{ROOT / 'examples' / 'my_model.py'}:Fading"
SOURCE = (ROOT / "examples" / "my_model.py").read_text(encoding="utf-8")
RETURNED = "return (weights[:, None] * rows(self.latest, windows)).sum(1), 0.0"


@pytest.fixture(autouse=True)
def no_class_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(TRAINED, "own", raising=False)
    monkeypatch.setattr(WORKER, "own", "")


@pytest.fixture
def table(tmp_path: Path) -> str:
    rows = [f"u{u},i{(u + step) % 12:02},{step}" for u in range(40) for step in range(9)]
    (tmp_path / "data.csv").write_text("\n".join(["user,item,time", *rows]), encoding="utf-8")
    return str(tmp_path / "data.csv")


@pytest.fixture
def train(table: str, tmp_path: Path) -> list[str]:
    """The command that trains a model into the folder `run`, but for the model itself."""
    return ["train", table, "--out", str(tmp_path / "run"), "--no-maps", "--epochs", "1", "--model"]


def mine(folder: Path, source: str = SOURCE) -> str:
    """Writes the file of a class, and returns how it is given."""
    (folder / "mine.py").write_text(source, encoding="utf-8")
    return f"{folder / 'mine.py'}:Fading"


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Returns the sentence with which a training ends that has begun."""
    assert main([*arguments]) == 2
    error = capsys.readouterr().err
    assert "Traceback" not in error
    return error.splitlines()[-1]


@pytest.mark.long
def test_the_example_trains_ranks_and_opens(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "run")
    settings = "--epochs 40 --set learning_rate=0.02 --set window=3 --set dim=8 --set mask=none"
    assert main(["train", table, "--model", EXAMPLE, "--out", out, "--no-maps", *settings.split()]) == 0
    run = load(Path(out))
    assert run.metrics["mrr"] > 0.9  # the circle is learned
    assert (run.history["class"], run.model_config.mask) == (EXAMPLE, "none")  # a class may read any setting
    monkeypatch.delitem(TRAINED, "own")
    capsys.readouterr()
    assert main(["evaluate", out]) == 2
    assert "a model of your own" in capsys.readouterr().err
    assert main(["evaluate", out, "--model", EXAMPLE, "--json"]) == 0
    assert f'"mrr": {run.metrics["mrr"]}'[:12] in capsys.readouterr().out
    assert main(["evaluate", out, "--model", mine(tmp_path, SOURCE.replace(RETURNED, f"return -{RETURNED[7:]}"))]) == 0
    assert "ranks differently than after its training" in capsys.readouterr().err
    WORKER.use("")  # the process may have loaded the class
    assert "a model of your own" in Cli(capsys).refusal("recommend", out, "--user", "u3")
    for command in ("explain", "omega", "experiments"):  # none of them needs the class
        assert main([command, out, "--user", "u3"]) == 2
        assert "is a model of your own (Fading). Only AttRec can be explained here" in capsys.readouterr().err
    for comparing in (["compare-runs", out, out], ["show", "lists", out, "--beside", out]):
        assert main([*comparing, "--user", "u3", "--model", EXAMPLE]) == 0
    attrec.use_model(mine(tmp_path, SOURCE.replace(RETURNED, f"return -{RETURNED[7:]}")))
    assert attrec.load(out).user("u3").at(step="all").recommend(1)["item"].item() != "i00"
    capsys.readouterr()
    answer = Cli(capsys).answer("recommend", out, "--user", "u3", "--step", "all", "--top", "1", "--model", EXAMPLE)
    assert answer["items"][0]["item"] == "i00"  # after i03 to i11
    for given, said in ((EXAMPLE, "is a run of AttRec"), ("sasrec", "takes FILE.py:Class here")):
        assert said in Cli(capsys).refusal("evaluate", f"{ROOT}/sample_data/run", "--model", given)
    assert attrec.train(table, model=EXAMPLE, maps=False, epochs=1).record.history["class"] == EXAMPLE


def test_a_class_with_the_earlier_names_is_taken_and_its_fault_names_them(
    train: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = SOURCE.replace("query_vectors", "asked").replace("item_vectors", "catalogue")
    source = source.replace("QueryVectors", "Asked").replace("ItemVectors", "Catalogue")
    given = mine(tmp_path, source.replace(RETURNED, "return None"))
    assert "Fading.asked must return query vectors" in failure(capsys, *train, given)
    kept = source.replace("self.bias,", 'self.register_buffer("calls", torch.tensor(3))\n        self.bias,', 1)
    mine(tmp_path, kept)
    assert main([*train, given]) == 0
    assert load(tmp_path / "run").arrays["calls"] == 3  # a class may keep numbers of any kind


@pytest.mark.long
def test_it_is_a_line_of_a_study_and_a_changed_file_is_another_line(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, out = mine(tmp_path), tmp_path / "study"
    study = ["study", "table2", table, "--systems", "popularity", "--seeds", "1", "--budget", "1", "--out", str(out)]
    assert main([*study, "--jobs", "2", "--model", given]) == 0
    mine(tmp_path, SOURCE + "\n# changed\n")
    assert main([*study, "--model", given]) == 0
    entries = {entry.key: entry for entry in load_study(out).entries}
    first, second = (entry for key, entry in entries.items() if key.startswith("own-Fading-"))
    assert (first.model, len(entries)) == (second.model, 3) and first.label != second.label
    assert first.seeds[0].test == second.seeds[0].test  # also in a process of its own
    assert first.seeds[0].test["mrr"] > 0.9 > entries["popularity"].seeds[0].test["mrr"]
    capsys.readouterr()
    for kind, model, said in (
        ("omega", given, "joins a study of table2"),
        ("table2", "sasrec", "chooses other systems"),
    ):
        assert said in Cli(capsys).refusal("study", kind, table, "--out", str(tmp_path / "other"), "--model", model)
    assert not (tmp_path / "other").exists()


def test_a_file_of_any_name_is_taken_and_its_fault_is_a_sentence(
    train: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine"
    file.write_text(SOURCE, encoding="utf-8")
    assert main([*train, f"{file}:Fading"]) == 0
    for text, line, fault in (
        ("one = 1\nmissing()\n", 2, "NameError"),
        ("\n\ndef one(:\n", 3, "SyntaxError"),
        ("import json\n\njson.loads('{')\n", 3, "JSONDecodeError"),
    ):
        file.write_text(text, encoding="utf-8")
        capsys.readouterr()
        error = Cli(capsys).refusal(*train, f"{file}:Fading", "--overwrite")
        assert f"{file}, line {line}: The file cannot be executed: {fault}: " in error


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere.py:Fading", "no file nowhere.py"),
        (EXAMPLE.replace("Fading", "Nobody"), "has no class Nobody"),
        (EXAMPLE.replace("Fading", "empty"), "has no class empty"),
        ("fading", "sasrec, attrec."),
        (EXAMPLE.partition(":")[0], f"names no class; write {EXAMPLE.partition(':')[0]}:Class."),
        ("own", "give its class: --model FILE.py:Class on the command line"),
    ],
)
def test_what_is_no_model_is_a_sentence(
    given: str, said: str, train: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in failure(capsys, *train, given)
    assert not (tmp_path / "run").exists()


LINE = SOURCE[: SOURCE.index("        ages =")].count("\n") + 1
MISTAKES = [  # a text of the example, what it is replaced by, and the sentence
    ("        ages =", "        1 / 0\n        ages =", f"attrec: {{file}}, line {LINE}: Your model failed: Zero"),
    ("def query_vectors", "def other", "Fading defines neither query_vectors nor query_vectors_everywhere."),
    ("def build", "def other", "Fading in {file} defines no method build; examples/my_model.py shows what it does."),
    ("item_tables =", "item_table =", "Fading needs item_tables: a tuple with the names of its parameters"),
    ('("latest", "next")', '("latest")', 'have a row for each item, such as ("items",).'),
    ('("latest", "next")', '["latest", "next"]', 'have a row for each item, such as ("items",).'),
    ('("latest", "next")', '("latest", "last")', "item_tables of Fading names last, so build must set self.last to"),
    ("empty(n_items, dim), empty(n_items, dim)", "empty(n_users, dim), empty(n_items, dim)", "12 rows, one for each"),
    (RETURNED, RETURNED[:-5], "It returned a tensor of shape (2, 100)."),
    (RETURNED, RETURNED.replace(".sum(1)", ""), "It returned a tensor of shape (2, 5, 100) and 0.0."),
    (RETURNED, "return None", "Fading.query_vectors must return query vectors and their terms, of shapes (2, k)"),
    (RETURNED, RETURNED.replace(".sum(1)", ".sum(1)[:, 1:]"), "as many dimensions as the item vectors (100). It"),
    ("self.next, -self.bias", "self.next", "item_vectors must return item vectors and their terms, of shapes (12, k)"),
    ("n_items: int, dim: int", "n_items: int", "Your model, or the program with it, failed: TypeError: Fading.build()"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), MISTAKES)
def test_a_mistake_in_the_class_is_a_sentence(
    train: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, sentence: str
) -> None:
    assert SOURCE.count(old) == 1
    error = failure(capsys, *train, mine(tmp_path, SOURCE.replace(old, new)))
    assert sentence.format(file=tmp_path / "mine.py") in error
    assert not (tmp_path / "run").exists()


def test_a_model_that_cannot_learn_is_a_sentence(
    train: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = SOURCE.replace(".sum(1)", ".sum(1).detach()")
    given = mine(tmp_path, source.replace("self.next, -self.bias", "self.next.detach(), self.bias.detach()"))
    error = failure(capsys, *train, given)
    assert "Fading cannot learn: its distances do not depend on its parameters." in error


@pytest.mark.long
def test_a_run_never_runs_the_code_that_it_names_and_a_mistake_is_a_sentence_where_it_is_opened(
    train: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, out = mine(tmp_path), str(tmp_path / "run")
    assert main([*train, given]) == 0
    mine(tmp_path, "raise SystemExit('run')")
    TRAINED.pop("own")
    assert load(Path(out)).history["class"] == given
    assert main(["evaluate", out]) == 2
    for changed, sentence in (
        (RETURNED[:-5], "Fading.query_vectors must return query vectors and their terms"),
        ("return 1 / 0", "Your model failed: ZeroDivisionError: division by zero."),
    ):
        mine(tmp_path, SOURCE.replace(RETURNED, changed))
        for command in (["evaluate", out], ["recommend", out, "--user", "u3"]):
            capsys.readouterr()
            assert sentence in Cli(capsys).refusal(*command, "--model", given)
    WORKER.end()


def test_attrec_app_takes_the_class(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "execv", lambda program, words: print(*words))
    assert main(["app", "--model", EXAMPLE]) == 0
    assert capsys.readouterr().out.endswith(f"-- --model {EXAMPLE}\n")
    assert "There is no file" in Cli(capsys).refusal("app", "--model", f"{tmp_path}/nothing.py:Fading")
