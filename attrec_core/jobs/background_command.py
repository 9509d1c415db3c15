"""An estimate of a training's time, by the command line: the server itself never loads torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrec_core.errors import InputError
from attrec_core.jobs.errand import Errand
from attrec_core.jobs.job import JobRequest
from attrec_core.runs.estimate import Estimate

PATIENCE = 300.0  # seconds; reading twenty million rows takes half a minute


def estimate_of(request: JobRequest, patience: float = PATIENCE) -> Estimate:
    """Takes a few seconds and the time of reading the data. Raises InputError with what the training would say."""
    errand = Errand(estimate_words(request))
    try:
        errand.wait(patience)
    except InputError:
        raise InputError(f"The time of this training could not be estimated within {patience:.0f} seconds.") from None
    return estimate_in(errand.answer())


def estimate_words(request: JobRequest) -> list[str]:
    """`estimate …` as it would be typed."""
    settings = [word for key, text in request.settings.items() for word in ("--set", f"{key}={text}")]
    maps = [] if request.with_maps else ["--no-maps"]
    return ["estimate", str(request.data), "--json", "--preset", request.preset, *settings, *maps, *request.reading]


def estimate_in(answer: Mapping[str, Any]) -> Estimate:
    """What `estimate --json` answered."""
    return Estimate(**{name: answer[name] for name in Estimate.__dataclass_fields__})
