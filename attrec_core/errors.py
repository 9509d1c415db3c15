"""The one error that people see, and how values, numbers and sizes are written in a sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, Self


@dataclass(frozen=True)
class Place:
    """Where in the input something is wrong."""

    file: str = ""
    line: int | None = None  # counted from 1
    column: str | None = None
    row: int | None = None  # counted from 1, of a file without lines

    def __str__(self) -> str:
        """ "ratings.csv, line 3, column 'time'", without what is not known; empty where nothing is."""
        numbers = [f"{kind} {number}" for kind, number in (("line", self.line), ("row", self.row)) if number]
        column = [f"column {shown(self.column)}"] if self.column is not None else []
        return ", ".join([*([self.file] if self.file else []), *numbers, *column])


class InputError(ValueError):
    """Bad input from outside: data, a run folder, a setting.

    Programs read `code`, `setting`, `place` and `facts`; the sentence is made by the interface that shows it.

    code: what is wrong, such as "exists".
    text: the sentence, with facts in braces. It is a constant: what comes from outside is a fact, or a brace in it
        would be read as a field. `{name:overwrite}` stands for whatever the interface calls that setting,
        `{name:quotes=literal}` for that choice of it, and `{choose:time_column}`, `{choose:time_unit=none}` (or
        `{Choose:…}` at the start of a sentence) for what a person has to do: "name it with --time-column" on the
        command line, "choose the column of the time" on a page. `{name}`, `{choose}` are about the error's setting.
    setting: the setting to change, where there is one.
    facts: what the text names. Of a fact that is an InputError itself, the sentence is shown.
    """

    def __init__(
        self, code: str, text: str, /, *, setting: str | None = None, place: Place | None = None, **facts: Any
    ) -> None:
        super().__init__(code, text)
        self.code, self.text, self.setting, self.place, self.facts = code, text, setting, place or Place(), facts

    def sentence(self, name: Callable[[str], str] = str) -> str:
        """One sentence for people. name: a setting → what this interface calls it; see `Named`."""
        text = filled(self.text, self.facts, name, self.setting or "")
        return f"{self.place}: {text}" if self.place != Place() else text

    def __str__(self) -> str:
        return self.sentence()

    def inside(self, file: str | Path) -> Self:
        """The same error, said of a file."""
        other = self.with_facts()
        other.place = replace(self.place, file=str(file))
        return other

    def seen_from(self, folder: Path) -> Self:
        """The same error for people who brought what lies in `folder` and do not know the folder: the file of the place
        and every fact that is a path are named from there; the folder itself is "it".
        """

        def from_there(path: Path) -> Path:
            if path == folder:
                return Path("it")
            return path.relative_to(folder) if path.is_relative_to(folder) else path

        facts = {key: from_there(fact) if isinstance(fact, Path) else fact for key, fact in self.facts.items()}
        facts = {key: fact.seen_from(folder) if isinstance(fact, InputError) else fact for key, fact in facts.items()}
        return self.with_facts(**facts).inside(from_there(Path(self.place.file)) if self.place.file else "")

    def with_facts(self, **facts: Any) -> Self:
        """The same error with some of its facts changed."""
        facts = {**self.facts, **facts}
        return type(self)(self.code, self.text, setting=self.setting, place=self.place, **facts)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, to cross from one process to another."""
        facts = {key: fact_as_json(fact) for key, fact in self.facts.items()}
        about = {"code": self.code, "text": self.text, "setting": self.setting}
        return {**about, "place": asdict(self.place), "facts": facts}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> InputError:
        """What `as_dict` wrote. Raises ValueError, LookupError or TypeError for anything else."""
        facts = {key: fact_from_json(fact) for key, fact in content["facts"].items()}
        place = Place(**content["place"])
        error = InputError(content["code"], content["text"], setting=content["setting"], place=place, **facts)
        error.sentence()  # raises where a fact is missing
        return error


@dataclass(frozen=True)
class Remark:
    """Something to say that stops nothing, such as that a part of a link was left out.

    code, text, facts: like those of an InputError.
    """

    code: str
    text: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, name: Callable[[str], str] = str) -> str:
        """One sentence for people. name: a setting → what this interface calls it."""
        return filled(self.text, self.facts, name)

    def __str__(self) -> str:
        return self.sentence()

    def with_facts(self, **facts: Any) -> Remark:
        """The same remark with some of its facts changed."""
        return replace(self, facts={**self.facts, **facts})


def filled(text: str, facts: Mapping[str, Any], name: Callable[[str], str], setting: str = "") -> str:
    """A text with its facts in it, on one line. name: see `Named`."""
    facts = {key: fact.sentence(name) if isinstance(fact, InputError | Remark) else fact for key, fact in facts.items()}
    fields = {
        "name": Named(name, setting),
        "choose": Named(name, setting, "choose "),
        "Choose": Named(name, setting, "choose ", capital=True),
    }
    return " ".join(text.format(**facts, **fields).splitlines())


@dataclass(frozen=True)
class Named:
    """Formats as what an interface says for the setting after the colon: `{name:overwrite}`.

    say: "overwrite" → the name of the setting; "quotes=literal" → that choice of it; "choose overwrite" and "choose
        quotes=literal" → what a person has to do.
    setting: the one that is meant where none stands after a colon.
    """

    say: Callable[[str], str]
    setting: str
    before: Literal["", "choose "] = ""
    capital: bool = False

    def __format__(self, setting: str) -> str:
        text = self.say(self.before + (setting or self.setting))
        return text[:1].upper() + text[1:] if self.capital else text


def fact_as_json(fact: Any) -> Any:
    """Numbers stay numbers, since a text may say how they are written."""
    if isinstance(fact, InputError):
        return {"error": fact.as_dict()}
    if isinstance(fact, Remark):
        facts = {key: fact_as_json(own) for key, own in fact.facts.items()}
        return {"remark": {"code": fact.code, "text": fact.text, "facts": facts}}
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
    if "remark" in fact:
        facts = {key: fact_from_json(own) for key, own in fact["remark"]["facts"].items()}
        return Remark(fact["remark"]["code"], fact["remark"]["text"], facts)
    return Path(fact["path"]) if "path" in fact else InputError.from_dict(fact["error"])


def as_input_error(error: BaseException) -> InputError:
    """What people are told of any error."""
    if isinstance(error, InputError):
        return error
    if isinstance(error, OSError) and error.filename:
        why = error.strerror or str(error)
        text = "{file} cannot be read or written: {why}."
        return InputError("unusable_file", text, file=Path(str(error.filename)), why=why)
    if isinstance(error, OSError):
        return InputError("unusable_output", "The output cannot be written: {why}.", why=error.strerror or str(error))
    if isinstance(error, MemoryError):
        text = "This needs more memory than there is; try smaller settings, such as {name:batch_size} or {name:dim}."
        return InputError("memory", text)
    kind, text = type(error).__name__, " ".join(str(error).split())[:200]
    return InputError("fault", "This program has a fault: {kind}: {text}", kind=kind, text=text)


@contextlib.contextmanager
def disk_errors(code: str, text: str, /, **facts: Any) -> Iterator[None]:
    """What the disk refuses becomes an InputError; `{why}` in its text is the reason, such as "Permission denied"."""
    try:
        yield
    except OSError as error:
        raise InputError(code, text, why=error.strerror or str(error), **facts) from None


def shown(value: object, limit: int = 60) -> str:
    """`value` for a sentence, text in quotes; cut to `limit` characters so that a huge field floods no terminal."""
    text = str(value)
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return repr(text) if isinstance(value, str) else text


def sentence_of(error: BaseException, name: Callable[[str], str] = str) -> str:
    """What people are told of an error. name: a setting → what this interface calls it."""
    return as_input_error(error).sentence(name)


PERCENT = "\N{NO-BREAK SPACE}%"
UNITS = ("KB", "MB", "GB", "TB")
STEP = 1000


def number(value: float, digits: int = 2) -> str:
    """.41 for 0.41, with −.41 below zero."""
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 and float(text) else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def percent(share: float, digits: int = 0) -> str:
    """59 % for .59, as attention is read; “<1 %” for what is not nothing. A line never breaks before the sign."""
    least = 10.0**-digits
    few = 0 < 100 * share < least and round(100 * share, digits) == 0
    return f"<{least:g}{PERCENT}" if few else f"{100 * share:.{digits}f}{PERCENT}"


def ordinal(rank: float) -> str:
    """1st, 2nd, 1,003rd; “tied 1st” for the half rank of a tie."""
    place = int(rank)
    tied = "" if place == rank else "tied "
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{tied}{place:,}{ending}"


def count_of(count: int, name: str) -> str:
    """1 item, 2,000 items. name: in the singular."""
    return f"{count:,} {name}{'s' * (count != 1)}"


def sizes_in_words(users: int, items: int, interactions: int) -> str:
    """1,000 users, 418 items, 60,000 interactions."""
    return f"{count_of(users, 'user')}, {count_of(items, 'item')}, {count_of(interactions, 'interaction')}"


def in_bytes(size: float) -> str:
    """612 bytes, 88 KB, 2.2 MB, 16 GB: as many digits as tell sizes apart."""
    if size < STEP:
        return count_of(round(size), "byte")
    count, unit = "", ""
    for unit in UNITS:
        size /= STEP
        count = f"{size:,.1f}" if unit != "KB" and size < 9.95 else f"{size:,.0f}"
        if size < STEP and count != f"{STEP:,}":
            break
    return f"{count} {unit}"
