"""Finds the role of each column by its name, in upper or lower case, among the names that public data sets use. A file
with other names is not guessed at: the error names its columns and asks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from attrec_core.data.options import ROLES, Columns
from attrec_core.errors import InputError, shown


def snake(name: str) -> str:
    """A column's name in lower case, with underscores, and without the type that RecBole adds."""
    return re.sub(r"[\s'’-]+", "_", name.split(":")[0].strip(" .").lower())


def squeezed(name: str) -> str:
    """The name as it is compared: userId, user_id and User ID are the same."""
    return snake(name).replace("_", "")


# A column of ids comes before the same name without "id", which may be a name: user_id before user.
NAMES: Mapping[str, Sequence[str]] = {
    role: names.split()
    for role, names in {
        "user": """user_id user uid username reviewer_id visitor_id viewer customer_id customer household_key
            session_id session""",
        "item": """item_id item iid movie_id movie product_id product asin parent_asin stock_code sku artist_id artist
            song_id track_id book_id isbn business_id gmap_id poi_id venue_id game_id anime_id article_id course_id""",
        "time": """timestamp time date datetime ts unix_time unix_review_time event_time event_date invoice_date
            transaction_timestamp created_at""",
        "rating": "rating overall stars score weight",
        "event": "event event_type behavior_type action_type",
        "title": "title name item_title movie_title item_name product_name description",
        "genres": "genres genre category categories class",
        "year": "year release_year",
    }.items()
}
# The parts of a date in several columns; some data sets put "date_" before them.
DATE_PARTS = ("year", "month", "day", "hour", "minute", "second")
BY_ROLE = {role: {squeezed(name) for name in names} for role, names in NAMES.items()}
ALL_NAMES = set().union(*BY_ROLE.values(), DATE_PARTS)
# A column of dates, and a column of milliseconds to add to it, as in Diginetica.
DAYS, SINCE = ("eventdate", "event_date", "date"), "timeframe"
WHOLE_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.0")


def is_name(text: str) -> bool:
    """Whether the text is probably the name of a column."""
    return squeezed(text) in ALL_NAMES or re.fullmatch(r"[a-z_]+(_id|_at)", snake(text)) is not None


def first_named(columns: Iterable[str], names: Iterable[str]) -> str | None:
    """The column with the earliest of `names`, whatever its case and the signs between its words."""
    by_name = {squeezed(name): name for name in reversed(list(columns))}
    return next((by_name[name] for name in map(squeezed, names) if name in by_name), None)


def whole_ids(names: Iterable[str]) -> list[str]:
    """Ids without their .0 if all are whole numbers written as decimals (17850.0), or empty; else unchanged."""
    names = list(names)
    decimal = any(names) and all(not name or WHOLE_FLOAT.fullmatch(name) for name in names)
    return [name.removesuffix(".0") for name in names] if decimal else names


def date_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """Columns that together make a date: year, month, day and, if there are any, hour, minute, second."""
    by_part = {part_of(name): name for name in reversed(columns)}
    is_complete = all(part in by_part for part in DATE_PARTS[:3])
    return tuple(by_part[part] for part in DATE_PARTS if part in by_part) if is_complete else ()


def part_of(column: str) -> str:
    """Which part of a date a column holds, by its name."""
    return re.sub(r"^date_", "", snake(column))


def listed(columns: Iterable[str]) -> str:
    return ", ".join(shown(name, 40) for name in list(columns)[:12])


def column_called(columns: Sequence[str], wanted: str) -> str | None:
    """The column of this name, else of this number from 1; None if there is none."""
    if wanted in columns:
        return wanted
    return columns[int(wanted) - 1] if wanted.isdecimal() and 1 <= int(wanted) <= len(columns) else None


def chosen_column(columns: Sequence[str], wanted: str, role: str, file: Path) -> str:
    """The column that a person chose by name, else by number from 1. Raises InputError naming the columns there are."""
    if (name := column_called(columns, wanted)) is not None:
        return name
    text, setting = "{file} has no column {wanted}; its columns are: {columns}.", f"{role}_column"
    raise InputError("no_such_column", text, setting=setting, file=file, wanted=shown(wanted), columns=listed(columns))


def parts_of(named: str, columns: Collection[str]) -> list[str]:
    """The columns of a role: a single column, whose name may contain "+", or the several parts of a time."""
    return [named] if named in columns else named.split("+")


def role_of(column: str, roles: Mapping[str, str], columns: Collection[str]) -> str | None:
    """The role of a column, alone or as a part of a time; None: no role."""
    return next((role for role, named in roles.items() if column in parts_of(named, columns)), None)


def roles_of(columns: Sequence[str], choice: Columns, file: Path, *, timeless: bool = False) -> dict[str, str]:
    """Role → column name (several, joined by "+", for a time in parts). A column has one role only.

    Raises InputError when there is no column for user, item or, unless `timeless`, time.
    """
    roles: dict[str, str] = {}
    for role in ROLES:
        chosen = getattr(choice, role)
        if chosen is not None and (chosen in columns or not choice.without(role)):
            parts = parts_of(chosen, columns)
            roles[role] = "+".join(chosen_column(columns, part.strip(), role, file) for part in parts)
    roles = with_names(roles, columns, choice, timeless=timeless)
    if "time" in roles and roles.get("year") in parts_of(roles["time"], columns):
        del roles["year"]
    missing = [role for role in ("user", "item") if role not in roles]
    missing += ["time"] if "time" not in roles and not timeless else []
    if missing:
        raise no_column(missing, columns, file)
    shared = next((name for name in roles.values() if list(roles.values()).count(name) > 1), None)
    if shared is not None:
        text = "{file}: the column {column} cannot be {roles} at once; name another one."
        shared_roles = " and ".join(role for role, name in roles.items() if name == shared)
        raise InputError("column_with_two_roles", text, file=file, column=shown(shared), roles=shared_roles)
    return roles


def no_column(missing: Sequence[str], columns: Sequence[str], file: Path) -> InputError:
    """The error that asks for the columns of all roles without a column."""
    text = "{file} has no {role} column (looked for {known}, …); its columns are: {columns}. {Choose}."
    if len(missing) > 1:
        settings = ", ".join(f"{{name:{role}_column}}" for role in missing)
        text = f"{{file}} has no {{role}} column; its columns are: {{columns}}. Say which they are: {settings}."
    if "time" in missing:
        text += " Where the file has no time, {choose:time_unit=none}: its order then counts."
    return InputError(
        "no_column",
        text,
        setting=f"{missing[0]}_column",
        file=file,
        role=" and no ".join(missing),
        known=", ".join(NAMES[missing[0]][:10]),
        columns=listed(columns),
    )


def likely_columns(columns: Sequence[str], choice: Columns) -> dict[str, str]:
    """Role → column as far as possible: as chosen, else by its name. For a file that cannot be read yet."""
    chosen = {
        role: name for role in ROLES if (name := getattr(choice, role)) and {*parts_of(name, columns)} <= {*columns}
    }
    return with_names(chosen, columns, choice)


def with_names(
    roles: Mapping[str, str], columns: Sequence[str], choice: Columns, *, timeless: bool = False
) -> dict[str, str]:
    """The roles, with roles added by the names of other columns; a date may be in several columns."""
    result = dict(roles)
    for role, names in NAMES.items():
        if role in roles or choice.without(role) or (timeless and role == "time"):
            continue
        free = [name for name in columns if role_of(name, result, columns) is None]
        named = first_named(free, names)
        if named is None and role == "time":
            named = "+".join(date_columns(free))
        if named is None and role == "title":
            named = title_beside(result.get("item", ""), free)
        if named:
            since = first_named(free, [SINCE]) if role == "time" and snake(named) in DAYS else None
            result[role] = named if since is None else f"{named}+{since}"
    return result


def title_beside(item: str, free: Iterable[str]) -> str | None:
    """The column `item` beside the ids in `item_id`, which names the items; None if there is none."""
    stem = re.sub(r"_?id$", "", snake(item))
    return first_named(free, [stem]) if stem and stem != snake(item) else None


def candidates(columns: Sequence[str], roles: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Role → all columns that a person may choose for it, likeliest first."""
    dates = "+".join(date_columns(columns))
    return {
        role: tuple(dict.fromkeys(filter(None, [roles.get(role), dates * (role == "time"), *columns])))
        for role in ROLES
    }
