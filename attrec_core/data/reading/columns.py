"""Finds the role of each column by its name, in upper or lower case."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from attrec_core.data.options import ROLES, Columns
from attrec_core.data.reading.column_names import DATE_PARTS, NAMES, first_named, is_named, order_columns, snake
from attrec_core.errors import InputError, shown

# A column of dates, and a column of milliseconds to add to it, as in Diginetica.
DAYS, SINCE = ("eventdate", "event_date", "date"), "timeframe"
# Endings of names that are not listed: if a role has no column, the only column with this ending takes it.
ENDINGS = {"user": "_id", "item": "_id", "time": "_at"}
NEITHER = (
    *("order_id", "transaction_id", "event_id", "row_id", "review_id", "rating_id", "invoice_id", "tag_id", "genre_id"),
    *("category_id", "brand_id", "department_id", "aisle_id", "shop_id", "store_id", "seller_id", "vendor_id"),
    *("city_id", "region_id", "country_id", "type_id", "parent_id"),
)

ORDER = " The order of the rows may be in {order}, which can be the time."  # order: columns
WHOLE_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.0")


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


def roles_of(
    columns: Sequence[str], choice: Columns, file: Path, *, timeless: bool = False, numeric: Collection[str] = ()
) -> dict[str, str]:
    """Role → column name (several, joined by "+", for a time in parts). A column has one role only. numeric: see
    `with_names`.

    Raises InputError when there is no column for user, item or, unless `timeless`, time.
    """
    roles: dict[str, str] = {}
    for role in ROLES:
        chosen = getattr(choice, role)
        if chosen is not None and (chosen in columns or not choice.without(role)):
            parts = parts_of(chosen, columns)
            roles[role] = "+".join(chosen_column(columns, part.strip(), role, file) for part in parts)
    roles = with_names(roles, columns, choice, timeless=timeless, numeric=numeric)
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
    order = order_columns(columns) if "time" in missing else []
    text = "{file} has no {role} column (looked for {known}, …); its columns are: {columns}. {Choose}."
    if len(missing) == 2:
        text = "{file} has no {role} column; its columns are: {columns}. Say which they are: {name}, {name:{last}}."
    if len(missing) == 3:
        text = (
            "{file} has no {role} column; its columns are: {columns}. Say which they are: {name:user_column}, "
            "{name:item_column}, {name:time_column}."
        )
    if order:
        text += ORDER
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
        last=f"{missing[-1]}_column",
        order=" or ".join(map(shown, order)),
    )


def order_told(columns: Iterable[str]) -> str:
    """A sentence, after a space, on the columns that may have the order of the rows; "" if there are none."""
    order = " or ".join(map(shown, order_columns(columns)))
    return ORDER.format(order=order) if order else ""


def likely_columns(columns: Sequence[str], choice: Columns, numeric: Collection[str] = ()) -> dict[str, str]:
    """Role → column as far as possible: as chosen, else by its name. For a file that cannot be read yet. numeric: see
    `with_names`."""
    chosen = {
        role: name for role in ROLES if (name := getattr(choice, role)) and {*parts_of(name, columns)} <= {*columns}
    }
    return with_names(chosen, columns, choice, numeric=numeric)


def with_names(
    roles: Mapping[str, str],
    columns: Sequence[str],
    choice: Columns,
    *,
    timeless: bool = False,
    numeric: Collection[str] = (),
) -> dict[str, str]:
    """The roles, with roles added by the names of other columns; a date may be in several columns. numeric: the columns
    of numbers, which are not taken for titles: "nombre" is the name in Spanish, and the quantity in French."""
    result = dict(roles)
    for role, names in NAMES.items():
        if role in result or choice.without(role) or (role == "time" and timeless):
            continue
        free = [name for name in columns if role_of(name, result, columns) is None]
        free = [name for name in free if role != "title" or name not in numeric]
        named = first_named(free, names) or (role == "time" and "+".join(date_columns(free)))
        if named:
            since = first_named(free, [SINCE]) if role == "time" and snake(named) in DAYS else None
            result[role] = named if since is None else f"{named}+{since}"
    free = [name for name in columns if role_of(name, result, columns) is None and name not in numeric]
    title = title_beside(result.get("item", ""), free)
    if title is not None and "title" not in result and not choice.without("title"):
        result["title"] = title
    for role, ending in ENDINGS.items():
        free = [name for name in columns if role_of(name, result, columns) is None and snake(name).endswith(ending)]
        free = [name for name in free if snake(name) not in NEITHER]
        free = [name for name in free if "." not in name] or free  # nested keys of JSON come last
        if role not in result and len(free) == 1 and not choice.without(role) and not (role == "time" and timeless):
            result[role] = free[0]
    return result


def title_beside(item: str, free: Iterable[str]) -> str | None:
    """The column `item` beside the ids in `item_id`, which names the items; None if there is none."""
    stem = re.sub(r"_?id$", "", snake(item))
    return first_named(free, [stem]) if stem and stem != snake(item) else None


def candidates(columns: Sequence[str], roles: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Role → all columns that a person may choose for it, likeliest first."""
    result = {}
    for role in ROLES:
        first = [roles[role]] if role in roles else []
        first += [name for name in columns if is_named(name, role)]
        dates = "+".join(date_columns(columns))
        first += [*([dates] if dates else []), *order_columns(columns)] if role == "time" else []
        result[role] = tuple(dict.fromkeys([*first, *columns]))
    return result
