"""Attention across users: a sentence follows what was measured, and a link leads to the user whom it names."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs

import numpy as np
import pytest
from app_pages import opened_page

from attrec_core.errors import number, percent
from attrec_core.explain.across_users.users import statistics_of
from attrec_core.runs.run import Run
from attrec_core.views.across_users import panels, statistics
from attrec_core.views.across_users.scenes import extremes, prepared_scenes
from attrec_core.views.page_context import scene
from attrec_core.views.view import View


def with_stats(run: Run, **changes: object) -> Run:
    """Returns the run as if its statistics were other ones."""
    return replace(run, across_users=replace(run.across_users, **changes))


def test_a_sentence_follows_what_was_measured(sample: Run) -> None:
    """A missing τ and equal effects are two different cases."""
    stats, view = sample.across_users, View(user="Bilal Weber")

    def said(**changes: np.ndarray) -> str:
        return panels.TAUS.of(scene(with_stats(sample, **changes), view)).sentence

    agreed = np.nanmean(stats.agrees(stats.top_delete))
    assert f"for {percent(agreed)} of 1,000 users; by chance it would be for 20\u00a0%." in said()
    for tau, verdict in ((0.08, "says little about"), (0.3, "partly agrees with"), (0.8, "agrees with")):
        sentence = said(tau_delete=np.full_like(stats.tau_delete, tau))
        assert f" attention {verdict} influence: Kendall’s τ is {number(tau)} on average" in sentence
    no_taus, no_effects = np.full_like(stats.tau_delete, np.nan), np.full_like(stats.top_delete, -1)
    assert "all weights of a window are equal" in said(tau_delete=no_taus)
    assert "as much as removing any other" in said(tau_delete=no_taus, top_delete=no_effects)
    assert "single item" in said(lengths=np.ones_like(stats.lengths))


@pytest.mark.long
def test_who_stands_out_is_opened_on_the_page_that_shows_why(sample: Run) -> None:
    """Only Why shows influence, and τ with it; it is about the first recommendation. A link takes nothing of the
    present moment along."""
    old = {"user": "1", "omega": "0.9", "mask": "none", "item": "1", "cell": "1,2", "dim": "2", "pin": "1,2"}
    app = opened_page("learn/at_large", **old)
    assert app.session_state["view"].omega == 0.9
    links = [link.proto for link in app.get("page_link")]
    for extreme in extremes(sample):
        user = sample.interactions.user_ids[extreme.user]
        (link,) = [link for link in links if link.label.replace("\\", "") == user and link.page == extreme.page]
        query = {name: values[0] for name, values in parse_qs(link.query_string).items()}
        assert set(query) <= {"run", "user"}
        assert extreme.page == ("why" if "influence" in extreme.rule else "attention")
        if extreme.page == "why":
            why = opened_page("explore/why", **query)
            text = " ".join(text.value for text in (*why.caption, *why.markdown)).replace("\\", "")
            assert f"τ = {number(extreme.value)}" in text


def test_with_a_window_of_one_nothing_is_said_to_be_looked_at_or_found(sample: Run) -> None:
    for mask in ("after", "none"):
        config = replace(sample.model_config, window=1, mask=mask)
        run = replace(sample, model_config=config, across_users=None)
        stats = replace(statistics_of(run), causes=sample.across_users.causes)
        run = replace(run, across_users=stats)
        scenes = prepared_scenes(run)
        assert not [one for one in scenes if "What happens without it" in one.say or "Follow its number" in one.say]
        assert not [one for one in scenes if "dominates" in one.title or "latest" in one.title]
        assert statistics.causes_found(run) is None
        assert "a single item" in statistics.no_causes_sentence(run)
        rules = [extreme.rule for extreme in extremes(run)]  # of users who are all alike
        assert ("Most attention to a single item" in rules) == (mask == "none")  # else there is no attention
        assert not [rule for rule in rules if "latest" in rule]
    assert statistics.causes_found(sample) is sample.across_users.causes
