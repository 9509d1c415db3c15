"""Two runs side by side on a page: the address holds the pair, and what cannot be compared is said."""

from __future__ import annotations

import pytest
from app_pages import component, opened_page, page_links, said
from conftest import interactions_of
from other_runs import turned
from streamlit.testing.v1 import AppTest

from attrec_core.config import ModelConfig, TrainConfig
from attrec_core.runs import run as runs_run
from attrec_core.runs.run import Run
from attrec_core.storage.workspace import Home, home
from attrec_core.training.train_run import train_run

USER = "Ada Abe"


@pytest.fixture
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, sample: Run) -> Home:
    """A workspace with the run `turned`: the sample with other vectors and a shorter window, on the same data."""
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path_factory.mktemp("home")))
    runs_run.save(turned(sample), home().runs / "turned")
    return home()


def opened(**query: str) -> AppTest:
    return opened_page("lab/compare", **query)


def test_the_address_holds_the_pair_and_swapping_turns_it_round(own_home: Home) -> None:
    app = opened(run="turned", user=USER, step="20", beside="sample_data")
    assert app.selectbox(key="beside").value == "sample_data"
    first = component(app, "attention_runs_a")
    app.button(key="swap").click().run()
    view = app.session_state["view"]
    assert (view.run, view.beside, view.user, view.step) == ("sample_data", "turned", USER, 20)
    assert component(app, "attention_runs_b")["weights"] == first["weights"]


def test_a_what_if_of_the_view_does_not_count_and_is_said(own_home: Home) -> None:
    trained, changed = opened(user=USER, step="20"), opened(user=USER, step="20", omega="0.9", mask="none", pin="heat")
    for key in ("attention_runs_a", "lists_a", "lists_b"):
        assert component(changed, key) == component(trained, key)
    assert any("what-if settings do not apply here" in caption.value for caption in changed.caption)
    assert ("settings", "as the model was trained") in changed.session_state["page_parts"].facts


@pytest.mark.parametrize("selected", ["alien", "only here"])
def test_other_data_is_said_and_not_called_better(selected: str, own_home: Home, sample: Run) -> None:
    """A run that knows some of the items and none of the users."""
    shared = list(sample.interactions.item_ids[:30])
    histories = {user: [shared[k] for k in range(5, 20)] for user in ("u1", "u2")} | {"u3": ["only here", *shared[:9]]}
    settings = ModelConfig(dim=4, window=3), TrainConfig(epochs=1, targets=1)
    runs_run.save(train_run(interactions_of(histories), *settings, with_maps=False), own_home.runs / "elsewhere")
    text = said(opened(beside="elsewhere", user=USER, window=",".join([*shared[3:6], "alien"]), selected=selected))
    for part in (
        "elsewhere does not know the user “Ada Abe”",
        "The data differ, so",
        "but not metrics (the data differ)",
    ):
        assert part in text


def test_a_broken_or_unknown_other_run_is_a_sentence(own_home: Home) -> None:
    (own_home.runs / "broken").mkdir()
    assert "config.json" in opened(beside="broken").error[0].value.replace("\\", "")
    app = opened(beside="nobody")
    assert "compares with the run “nobody”, which is not here" in said(app)
    assert app.selectbox(key="beside").value == "turned"


def test_one_run_alone_says_where_another_comes_from(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTREC_HOME", str(tmp_path_factory.mktemp("empty")))
    app = opened()
    assert "You need two runs to compare." in said(app) and len(page_links(app)) == 2
