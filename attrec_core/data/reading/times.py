"""Times as whole numbers of a unit since 1970, from numbers, dates in text, dates in columns, or the file order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time

import numpy as np
import pandas as pd

from attrec_core.data.interactions import TimeUnit
from attrec_core.data.options import TimeKind
from attrec_core.errors import count_of

PER_SECOND: Mapping[TimeUnit, int] = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
UNIT_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
# The least number of each unit: a time in 1973. A unit reaches the least number of the next unit only in 5138.
FROM: tuple[tuple[int, TimeUnit], ...] = ((10**17, "ns"), (10**14, "us"), (10**11, "ms"), (10**8, "s"))
MISSING = ("", "nan", "na", "null", "none", "nat", "\\n")
WRONG_DATE: Mapping[TimeKind, str] = {
    "iso": "not_a_date",
    "day-first": "not_day_first",
    "month-first": "not_month_first",
}
DECIMAL_COMMA = r"^([0-9]{4,}),([0-9]+)$"  # after so many digits, a comma cannot mean thousands
LOOKED_AT = 1000  # values that show whether times are dates or numbers


@dataclass(frozen=True, eq=False)
class Times:
    """values (n,) int64; missing (n,) bool; the unit of the values, and a sentence on how it was found."""

    values: np.ndarray
    missing: np.ndarray
    unit: TimeUnit
    sentence: str
    remark: str = ""  # what a person should know before relying on the times
    faults: Mapping[str, np.ndarray] = field(default_factory=dict)  # code → (n,) bool: rows without a valid time


def of_numbers(values: np.ndarray, missing: np.ndarray, kind: TimeKind | None = None) -> Times:
    """Times from the numbers in the file, (n,) int64; their size shows the unit, unless `kind` gives it."""
    given = next((unit for unit in PER_SECOND if unit == kind), None)
    if given is not None:
        return Times(values, missing, given, f"Time: Unix {UNIT_NAMES[given]} (as chosen).")
    # About a hundred thousand values are enough to detect it; missing values are 0.
    largest = int(values[:: max(1, len(values) // 100_000)].max(initial=0))
    unit: TimeUnit = next((unit for least, unit in FROM if largest >= least), "order")
    if unit == "order":
        sentence = "Time: small numbers, not dates. They only give the order."
        return basic_dates(values, missing) or Times(values, missing, unit, sentence)
    sentence = f"Time: Unix {UNIT_NAMES[unit]} (detected)."
    return Times(values, missing, unit, sentence, mixed(values, unit))


def basic_dates(values: np.ndarray, missing: np.ndarray) -> Times | None:
    """Times from numbers such as 20240131 if each of them is a date from 1970 to 2100; else None."""
    present = values[~missing]
    if not len(present) or present.min() < 19_700_101 or present.max() > 21_001_231:
        return None
    distinct, codes = np.unique(present, return_inverse=True)
    days = pd.to_datetime(pd.Series(distinct).astype("str"), format="%Y%m%d", errors="coerce")
    if days.isna().any():
        return None
    seconds = np.zeros(len(values), np.int64)
    seconds[~missing] = days.astype("datetime64[s]").astype(np.int64).to_numpy()[codes]
    return Times(seconds, missing, "s", "Time: dates written as one number (20240131: year, month, day), in UTC.")


def mixed(values: np.ndarray, unit: TimeUnit) -> str:
    """A remark if some numbers look like another unit, so that all of them would lie shortly after 1970; else ""."""
    if unit == "s":
        return ""
    least = next(least for least, name in FROM if name == unit)
    is_small = (values >= FROM[-1][0]) & (values < least)
    if not is_small.any():
        return ""
    other_unit = next(name for least, name in FROM if int(values[is_small].max()) >= least)
    count = int(is_small.sum())
    return (
        f"{count_of(count, 'time')} {'looks' if count == 1 else 'look'} like {UNIT_NAMES[other_unit]} among "
        f"{UNIT_NAMES[unit]}. Read as {UNIT_NAMES[unit]}, {'it is' if count == 1 else 'they are'} in or near 1970, so "
        f"{'its row comes' if count == 1 else 'their rows come'} first in the histories. Use one unit for all times."
    )


def of_texts(texts: pd.Series, kind: TimeKind | None) -> Times:
    """Times from numbers, with or without decimals, or dates: what most first values are. The others are faults."""
    texts = texts.str.strip()
    missing = texts.str.lower().isin(MISSING).to_numpy(bool)
    numbers = pd.to_numeric(texts.where(~missing, "0"), errors="coerce").to_numpy(np.float64)
    present = np.flatnonzero(~missing)
    as_date = kind in WRONG_DATE
    if kind is None and len(present):
        first = present[:LOOKED_AT]
        dates = np.isnan(numbers[first]) & texts.iloc[first].str.contains(r"[-/.:]").to_numpy(bool)
        as_date = 2 * dates.sum() > len(first)
    if as_date:
        return of_dates(texts, missing, kind)
    if np.isnan(numbers).any():
        texts = texts.str.replace(DECIMAL_COMMA, r"\1.\2", regex=True)
        numbers = pd.to_numeric(texts.where(~missing, "0"), errors="coerce").to_numpy(np.float64)
    faults = {"not_a_time": ~np.isfinite(numbers)}
    faults["time_too_large"] = ~faults["not_a_time"] & (np.abs(numbers) >= 2.0**63)
    wrong = faults["not_a_time"] | faults["time_too_large"]
    missing, numbers = missing | wrong, np.where(wrong, 0, numbers)
    return replace(with_decimals(texts.where(~missing, "0"), numbers, missing, kind), faults=faults)


def with_decimals(texts: pd.Series, numbers: np.ndarray, missing: np.ndarray, kind: TimeKind | None) -> Times:
    """Whole numbers keep every digit. Decimals of seconds are kept to the microsecond, those of other units cut off."""
    # A float has 53 bits: a whole number of more digits would be rounded, and two times might become one.
    whole = texts.str.fullmatch(r"[+-]?[0-9]{1,19}").to_numpy(bool)
    values = np.floor(np.where(whole, 0, numbers)).astype(np.int64)
    large = whole & (np.abs(numbers) >= 2**53)
    values[whole & ~large] = numbers[whole & ~large]
    values[large] = [int(digits) for digits in texts[large]]
    times = of_numbers(values, missing, kind)
    fraction = (numbers != np.floor(numbers)) & ~whole
    if times.unit == "s" and fraction.any() and np.abs(values).max() < 2**62 // 10**6:
        microseconds = values * 10**6 + np.where(whole, 0, np.floor((numbers - values) * 1e6 + 0.5)).astype(np.int64)
        return Times(microseconds, missing, "us", "Time: Unix seconds with decimals, kept to the microsecond.")
    if fraction.any():
        return Times(values, missing, times.unit, f"{times.sentence[:-1]}; decimals are cut off.")
    return times


def of_dates(texts: pd.Series, missing: np.ndarray, kind: TimeKind | None) -> Times:
    """Times from dates in text, each distinct text parsed once. A date without a zone is in UTC."""
    codes, distinct = pd.factorize(texts.where(~missing))
    # A name of UTC changes nothing, since a date without a zone is in UTC, too.
    dates = pd.Series(distinct, dtype="str").str.replace(r"\s*(?:UTC|GMT|Z)$", "", case=False, regex=True)
    order, reason = (kind, ", as chosen") if kind else date_order(dates)
    parsed = parsed_as(order, dates)
    is_wrong = parsed.isna().to_numpy()
    in_another = is_wrong.copy()
    in_another[is_wrong] = np.any([parsed_as(other, dates[is_wrong]).notna() for other in WRONG_DATE], axis=0)
    wrong, another = (np.append(each, False)[codes] for each in (is_wrong, in_another))  # the code of none is −1
    missing = missing | wrong
    micro = parsed.fillna(pd.Timestamp(0, tz="UTC")).astype("datetime64[us, UTC]").astype(np.int64).to_numpy()
    unit: TimeUnit = "us" if (micro % 10**6).any() else "s"
    values = np.zeros(len(texts), np.int64)
    values[~missing] = (micro if unit == "us" else micro // 10**6)[codes[~missing]]
    names = {"iso": "ISO dates (year-month-day)", "day-first": "dates, day first", "month-first": "dates, month first"}
    sentence = f"Time as {names[order]}{reason}, in UTC where no zone is given."
    faults = {WRONG_DATE[order]: wrong & ~another, "another_order": another}
    return Times(values, missing, unit, sentence, faults=faults)


def parsed_as(order: TimeKind, dates: pd.Series) -> pd.Series:
    """The moments in UTC; missing where a text is not a date in this order."""
    iso_dates = dates if order == "iso" else year_first(dates, order)
    return pd.to_datetime(iso_dates, format="ISO8601", utc=True, errors="coerce")


PARTED = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[ T]+(\d{1,2})(:\d{2}(?::\d{2})?)(?: *([AaPp][Mm]))?)?$"


def year_first(dates: pd.Series, order: TimeKind) -> pd.Series:
    """ "12/31/2010 8:26" → "2010-12-31T08:26"; a text that is not such a date becomes missing."""
    parts = dates.str.extract(PARTED)
    day, month = (0, 1) if order == "day-first" else (1, 0)
    century = pd.to_numeric(parts[2], errors="coerce").lt(70).map({True: "20", False: "19"})
    year = parts[2].where(parts[2].str.len() != 2, century + parts[2])
    hour, half = pd.to_numeric(parts[3]).fillna(0).astype(np.int64), parts[5].str.lower()
    hour = hour.where(half.isna(), hour % 12 + 12 * (half == "pm")).astype("str").str.zfill(2)
    date = year + "-" + parts[month].str.zfill(2) + "-" + parts[day].str.zfill(2)
    return date + "T" + hour + parts[4].fillna(":00")


def date_order(dates: pd.Series) -> tuple[TimeKind, str]:
    """Whether the year, day or month is first, and the reason in words. The dates that show it vote: one may be odd. If
    they are undecided, dates with dots have the day first, and others the month."""
    parts = dates.str.extract(r"^(\d+)([-/.])(\d+)").dropna()
    first, second = parts[0].astype(float), parts[2].astype(float)
    if 2 * (first > 31).sum() >= len(parts):
        return "iso", ""
    shown: dict[TimeKind, int] = {
        "month-first": int(((first <= 12) & second.between(13, 31)).sum()),
        "day-first": int(((second <= 12) & first.between(13, 31)).sum()),
    }
    order, other = sorted(shown, key=shown.__getitem__, reverse=True)
    count = sum(shown.values())
    if shown[order] == shown[other] and 2 * (parts[1] == ".").sum() >= len(parts):
        order, other = "day-first", "month-first"
    if not count:
        return order, f", assumed: no date shows the order (--time-unit {other} if that is wrong)"
    if shown[order] < count:
        return order, f", as in {shown[order]:,} of the {count:,} different dates that show the order"
    return order, f" since some {'first' if order == 'day-first' else 'second'} number is above 12"


def with_milliseconds(dates: Times, since: pd.Series) -> Times:
    """Dates plus the milliseconds since then. since (n,): whole numbers, −1 if missing, or their text."""
    values, wrong = whole_numbers(since)
    unit: TimeUnit = "ms" if dates.unit == "s" else dates.unit
    if unit == "order":
        return dates
    scale, per_millisecond = PER_SECOND[unit] // PER_SECOND[dates.unit], PER_SECOND[unit] // PER_SECOND["ms"]
    return Times(
        values=dates.values * scale + np.maximum(values, 0) * per_millisecond,
        missing=dates.missing | (values < 0),
        unit=unit,
        sentence=f"{dates.sentence[:-1]}, and the milliseconds since.",
        faults={**dates.faults, "not_part_of_a_date": wrong},
    )


def of_parts(parts: Mapping[str, pd.Series]) -> Times:
    """Times from year, month, day (hour, minute, second), each (n,): whole numbers, −1 if missing, or their text."""
    numbers = {name: whole_numbers(column) for name, column in parts.items()}
    not_whole = np.any([wrong for _, wrong in numbers.values()], axis=0)
    missing = np.any([values < 0 for values, _ in numbers.values()], axis=0)
    frame = {name: np.where(missing, 1970 if name == "year" else 1, values) for name, (values, _) in numbers.items()}
    parsed = pd.to_datetime(pd.DataFrame(frame), errors="coerce")
    wrong = parsed.isna().to_numpy()
    values = parsed.fillna(pd.Timestamp(0)).astype("datetime64[s]").astype(np.int64).to_numpy()
    sentence = f"Time as a date in {len(parts)} columns ({', '.join(parts)}), in UTC."
    faults = {"not_part_of_a_date": not_whole, "no_such_date": wrong}
    return Times(values, missing | wrong, "s", sentence, faults=faults)


def whole_numbers(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """(n,) int64 from whole numbers or their text, −1 if missing; and (n,) bool: the text is not a whole number."""
    if column.dtype == np.int64:
        return column.to_numpy(), np.zeros(len(column), bool)
    text = column.str.strip()
    wrong = ~text.str.fullmatch(r"[0-9]{0,9}").to_numpy(bool)
    return text.where((text != "") & ~wrong, "-1").astype(np.int64).to_numpy(), wrong


def in_words(value: int, unit: TimeUnit) -> str:
    """A time for people: a date in UTC, or the number if it is not a date."""
    if unit == "order":
        return f"{value:,}"
    try:
        moment = pd.Timestamp(value // PER_SECOND[unit], unit="s").to_pydatetime()
    except (ValueError, OverflowError):  # after the year 9999
        return f"{value:,} {unit}"
    return moment.strftime("%Y-%m-%d" if moment.time() == time() else "%Y-%m-%d %H:%M:%S")
