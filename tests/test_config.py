"""Each setting describes itself, and its values are checked against that description."""

from __future__ import annotations

import dataclasses
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attrec_core.config import PRESETS, SETTINGS, ModelConfig, Setting, TrainConfig, with_settings
from attrec_core.errors import InputError
from attrec_core.runs.systems import SYSTEMS

FIELDS = [
    field.name
    for config in (ModelConfig, TrainConfig)
    for field in dataclasses.fields(config)
    if field.name != "equations"
]
NUMBERS = [setting for setting in SETTINGS.values() if setting.range is not None]


def set_to(setting: Setting, value: object) -> object:
    """Returns the value of the setting in a configuration that was given this value."""
    config = {"model": ModelConfig, "train": TrainConfig}[setting.part]
    # pairs=all: any number of negatives fits any number of targets
    return getattr(config(**{setting.key: value}), setting.key)


def test_every_setting_has_words_a_kind_and_what_it_may_be_and_a_system_that_uses_it() -> None:
    assert [setting.key for setting in SETTINGS.values()] == FIELDS == list(SETTINGS)
    for setting in SETTINGS.values():
        assert setting.name and setting.sentence.endswith(".")
        assert (setting.kind in ("whole", "number")) == (setting.range is not None)
        assert (setting.kind == "choice") == bool(setting.choices)
        assert set_to(setting, setting.default) == setting.default
    used = {name for system in SYSTEMS.values() for name in system.uses.split()}
    assert used == {key for key, setting in SETTINGS.items() if setting.part == "model"} - {"model"}


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.key)
def test_the_stated_range_is_the_one_that_is_checked(setting: Setting) -> None:
    """Tests both ends and a step beyond each; the error states the range as the setting does."""
    low, high, is_whole = setting.range.low, setting.range.high, setting.kind == "whole"
    below = low - 1 if is_whole else math.nextafter(low, -math.inf)
    above = high + 1 if is_whole else math.nextafter(high, math.inf)
    inside = {low: not setting.range.above_low, high: not setting.range.below_high, below: False, above: False}
    for value, is_valid in inside.items():
        if is_valid:
            assert set_to(setting, value) == value
        else:
            with pytest.raises(InputError, match=f"{setting.key}.* it must be {re.escape(setting.may_be)}\\.$"):
                set_to(setting, value)


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.key)
@pytest.mark.parametrize("value", [True, "1", None, math.nan, math.inf])
def test_what_is_no_finite_number_is_refused(setting: Setting, value: object) -> None:
    """A run's config.json may hold anything that JSON can say."""
    with pytest.raises(InputError, match=f"{setting.key}.* must be a "):
        set_to(setting, value)


@given(setting=st.sampled_from(NUMBERS), share=st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_whatever_lies_in_between_is_taken(setting: Setting, share: float) -> None:
    low, high = setting.range.low, setting.range.high
    value = low + share * (high - low)
    if setting.kind == "whole":
        value = min(max(round(value), int(low)), int(high))
    assert set_to(setting, value) == value


@pytest.mark.parametrize("setting", [s for s in SETTINGS.values() if s.range is None], ids=lambda setting: setting.key)
def test_choices_and_switches_take_what_they_name_and_nothing_else(setting: Setting) -> None:
    for value in setting.choices or (True, False):
        assert set_to(setting, value) == value
    with pytest.raises(InputError, match="must be " + setting.may_be):
        set_to(setting, "perhaps")


def test_every_preset_is_whole() -> None:
    assert {"movielens", "sparse", "quick", "best"} <= set(PRESETS)
    for name, preset in PRESETS.items():
        assert with_settings(*preset, {}) == preset, name
    assert PRESETS["movielens"] == (ModelConfig(), TrainConfig())
    quick, paper = PRESETS["quick"], PRESETS["movielens"]
    assert quick[0].dim * quick[1].epochs < 0.1 * paper[0].dim * paper[1].epochs
