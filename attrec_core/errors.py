"""The error class that people see, and the format of values, numbers and sizes in a sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, Self


@dataclass(frozen=True)
class Place:
    file: str = ""
    line: int | None = None  # counted from 1
    column: str | None = None
    row: int | None = None  # counted from 1, in a file without lines

    def __str__(self) -> str:
        """Returns "ratings.csv, line 3, column 'time'" without the unknown parts; empty when all are unknown."""
        numbers = [f"{kind} {number}" for kind, number in (("line", self.line), ("row", self.row)) if number]
        column = [f"column {shown(self.column)}"] if self.column is not None else []
        return ", ".join([*([self.file] if self.file else []), *numbers, *column])


class InputError(ValueError):
    """Bad input from outside: data, a run folder, a setting.

    Programs read `code`, `setting`, `place` and `facts`; the interface that shows the error builds the sentence.

    code: names the fault, such as "exists".
    text: the sentence, with facts in braces. It is a constant: text from outside must be a fact, because a brace in it
        would be read as a field. `{name:overwrite}` stands for the interface's name of that setting, and
        `{name:quotes=literal}` for its name of that choice. `{choose:time_column}` and `{choose:time_unit=none}` (or
        `{Choose:…}` at the start of a sentence) stand for an instruction: "name it with --time-column" on the command
        line, "choose the column of the time" on a page. `{name}` and `{choose}` are about the error's setting.
    setting: the setting to change, if there is one.
    facts: the values that the text names. A fact that is an InputError is shown as its sentence.
    """

    def __init__(
        self, code: str, text: str, /, *, setting: str | None = None, place: Place | None = None, **facts: Any
    ) -> None:
        super().__init__(code, text)
        self.code, self.text, self.setting, self.place, self.facts = code, text, setting, place or Place(), facts

    def sentence(self, name: Callable[[str], str] = str) -> str:
        """Returns one sentence for people. name: a setting → the interface's name for it; see `Named`."""
        text = filled(self.text, self.facts, name, self.setting or "")
        return f"{self.place}: {text}" if self.place != Place() else text

    def __str__(self) -> str:
        return self.sentence()

    def inside(self, file: str | Path) -> Self:
        error = self.with_facts()
        error.place = replace(self.place, file=str(file))
        return error

    def seen_from(self, folder: Path) -> Self:
        """Returns the same error for people who supplied the files in `folder` and do not know the folder. The file of
        the place and every path in the facts become relative to the folder; the folder itself becomes "it"."""

        def from_there(path: Path) -> Path:
            if path == folder:
                return Path("it")
            return path.relative_to(folder) if path.is_relative_to(folder) else path

        facts = {key: from_there(fact) if isinstance(fact, Path) else fact for key, fact in self.facts.items()}
        facts = {key: fact.seen_from(folder) if isinstance(fact, InputError) else fact for key, fact in facts.items()}
        return self.with_facts(**facts).inside(from_there(Path(self.place.file)) if self.place.file else "")

    def with_facts(self, **facts: Any) -> Self:
        """Returns the same error with some of its facts changed."""
        facts = {**self.facts, **facts}
        return type(self)(self.code, self.text, setting=self.setting, place=self.place, **facts)

    def as_dict(self) -> dict[str, Any]:
        """Returns a dict for JSON, which carries the error from one process to another."""
        facts = {key: fact_as_json(fact) for key, fact in self.facts.items()}
        fields = {"code": self.code, "text": self.text, "setting": self.setting}
        return {**fields, "place": asdict(self.place), "facts": facts}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> InputError:
        """Reads the result of `as_dict`. Raises ValueError, LookupError or TypeError for anything else."""
        facts = {key: fact_from_json(fact) for key, fact in content["facts"].items()}
        place = Place(**content["place"])
        error = InputError(content["code"], content["text"], setting=content["setting"], place=place, **facts)
        error.sentence()  # raises when a fact is missing
        return error


@dataclass(frozen=True)
class Remark:
    """A message that stops nothing, such as that a part of a link was left out. code, text, facts: as in InputError."""

    code: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, name: Callable[[str], str] = str) -> str:
        """Returns one sentence for people. name: a setting → the interface's name for it."""
        return filled(self.text, self.facts, name)

    def __str__(self) -> str:
        return self.sentence()

    def with_facts(self, **facts: Any) -> Remark:
        return replace(self, facts={**self.facts, **facts})


def filled(text: str, facts: Mapping[str, Any], name: Callable[[str], str], setting: str = "") -> str:
    """Returns the text with its facts filled in, on one line. name: see `Named`."""
    facts = {key: fact.sentence(name) if isinstance(fact, InputError | Remark) else fact for key, fact in facts.items()}
    fields = {
        "name": Named(name, setting),
        "choose": Named(name, setting, "choose "),
        "Choose": Named(name, setting, "choose ", capital=True),
    }
    return " ".join(text.format(**facts, **fields).splitlines())


@dataclass(frozen=True)
class Named:
    """Formats as the interface's name for the setting after the colon: `{name:overwrite}`.

    say: "overwrite" → the name of the setting; "quotes=literal" → the name of that choice; "choose overwrite" and
        "choose quotes=literal" → an instruction to a person.
    setting: the setting that is used when none follows a colon.
    """

    say: Callable[[str], str]
    setting: str
    before: Literal["", "choose "] = ""
    capital: bool = False

    def __format__(self, setting: str) -> str:
        text = self.say(self.before + (setting or self.setting))
        return text[:1].upper() + text[1:] if self.capital else text


def fact_as_json(fact: Any) -> Any:
    """Converts a fact for JSON. Numbers stay numbers, because a text may contain their format."""
    if isinstance(fact, InputError):
        return {"error": fact.as_dict()}
    if isinstance(fact, Path):
        return {"path": str(fact)}
    if fact is None or isinstance(fact, str | bool):
        return fact
    if isinstance(fact, Integral):
        return int(fact)
    return float(fact) if isinstance(fact, Real) else str(fact)


def fact_from_json(fact: Any) -> Any:
    if not isinstance(fact, dict):
        return fact
    return Path(fact["path"]) if "path" in fact else InputError.from_dict(fact["error"])


def as_input_error(error: BaseException) -> InputError:
    """Returns any error as the InputError that people see."""
    if isinstance(error, InputError):
        return error
    if isinstance(error, OSError) and error.filename:
        why = error.strerror or str(error)
        text = "{file} cannot be read or written: {why}."
        return InputError("unusable_file", text, file=Path(str(error.filename)), why=why)
    if isinstance(error, OSError):
        return InputError("unusable_output", "The output cannot be written: {why}.", why=error.strerror or str(error))
    if isinstance(error, MemoryError):
        text = "There is not enough memory; try smaller settings, such as {name:batch_size} or {name:dim}."
        return InputError("memory", text)
    kind, text = type(error).__name__, " ".join(str(error).split())[:200]
    return InputError("fault", "This is a fault of the program: {kind}: {text}", kind=kind, text=text)


@contextlib.contextmanager
def disk_errors(code: str, text: str, /, **facts: Any) -> Iterator[None]:
    """Turns an OSError into an InputError; `{why}` in its text is the reason, such as "Permission denied"."""
    try:
        yield
    except OSError as error:
        raise InputError(code, text, why=error.strerror or str(error), **facts) from None


def shown(value: object, limit: int = 60) -> str:
    """Formats a value for a sentence, text in quotes; cut to `limit` characters, so as not to flood a terminal."""
    text = str(value)
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return repr(text) if isinstance(value, str) else text


def sentence_of(error: BaseException, name: Callable[[str], str] = str) -> str:
    """Returns the sentence that people see for an error. name: a setting → the interface's name for it."""
    return as_input_error(error).sentence(name)


PERCENT = "\N{NO-BREAK SPACE}%"
UNITS = ("KB", "MB", "GB", "TB")
STEP = 1000


def from_one(key: str, value: object) -> int:
    """Returns a whole number from 1, which may be one of numpy. Raises InputError for anything else."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < 1:
        text = "{key}={value} must be a whole number from 1."
        raise InputError("out_of_range", text, setting=key, key=key, value=shown(value))
    return int(value)


def number(value: float, digits: int = 2) -> str:
    """Formats 0.41 as .41, and -0.41 as −.41."""
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 and float(text) else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def percent(share: float, digits: int = 0) -> str:
    """Formats .59 as 59 %, the format of attention; “<1 %” for a share above 0 that would round to 0. A line never
    breaks before the sign."""
    rounded = in_hundredths(share, digits)
    return f"<{Decimal(1).scaleb(-digits)}{PERCENT}" if share > 0 and rounded == 0 else f"{rounded}{PERCENT}"


def in_hundredths(share: float, digits: int = 0) -> Decimal:
    """Rounds a share to per cent; a half up, as in the browser: 12.5 % is 13 % everywhere."""
    return Decimal(100 * float(share)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def ordinal(rank: float) -> str:
    """Formats a rank: 1st, 2nd, 1,003rd; “tied 1st” for the half rank of a tie."""
    whole_rank = int(rank)
    tied = "" if whole_rank == rank else "tied "
    ending = "th" if whole_rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(whole_rank % 10, "th")
    return f"{tied}{whole_rank:,}{ending}"


def count_of(count: int, name: str) -> str:
    """Formats a count: 1 item, 2,000 items. name: in the singular."""
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def all_of(count: int, name: str) -> str:
    """Begins a sentence about all of several: The only item, Both items, All 3 items. name: in the singular."""
    return f"The only {name}" if count == 1 else f"Both {name}s" if count == 2 else f"All {count_of(count, name)}"


def sizes_in_words(users: int, items: int, interactions: int) -> str:
    """Formats sizes: 1,000 users, 418 items, 60,000 interactions."""
    return f"{count_of(users, 'user')}, {count_of(items, 'item')}, {count_of(interactions, 'interaction')}"


def in_bytes(size: float) -> str:
    """Formats a size: 612 bytes, 88 KB, 2.2 MB, 16 GB. It has enough digits to tell sizes apart."""
    if size < STEP:
        return count_of(round(size), "byte")
    for unit in UNITS:
        size /= STEP
        count = f"{size:,.1f}" if unit != "KB" and size < 9.95 else f"{size:,.0f}"
        if size < STEP and count != f"{STEP:,}":
            break
    return f"{count} {unit}"
