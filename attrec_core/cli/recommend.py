"""The recommendations of a user, or of every user as one table, written block by block: `recommend`."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from attrec_core.cli.arguments import Commands, NewFile, add_command, add_likes, add_run, add_view, answer_at, scene_of
from attrec_core.cli.output import remark, show, writing
from attrec_core.cli.settings import CLASS_AGAIN, add_model, take_class_again
from attrec_core.data.windows import last_windows
from attrec_core.errors import InputError
from attrec_core.explain.forward import intents
from attrec_core.explain.moment import usual_step
from attrec_core.explain.other_systems import other_of, other_ranking
from attrec_core.explain.ranking import FLOATS, MOST, Ranking, queries
from attrec_core.explain.taste import tastes
from attrec_core.runs.load import load
from attrec_core.runs.run import Run
from attrec_core.storage.atomic_write import atomic_write
from attrec_core.views.drawing.table_format import disarmed, no_formula, whole_numbers

ONE_USER = ("user", "window", "likes")  # arguments that are about one user


def add(subs: Commands) -> None:
    about = "the recommendations: distance and the two weighted parts that sum to it, or the score of another system"
    command = add_command(subs, "recommend", recommend, about, add_run, add_view, add_likes)
    command.add_argument("--top", type=int, default=10, metavar="K", help="how many items (10)")
    command.add_argument("--include-seen", action="store_true", help="rank seen items, too")
    command.add_argument("--all-users", action="store_true", help="the recommendations of every user, in one file")
    command.add_argument("--out", action=NewFile, metavar="FILE", help="that file: .csv or .parquet")
    add_model(command, CLASS_AGAIN)


def recommend(options: argparse.Namespace) -> None:
    if options.top < 1:
        raise InputError("out_of_range", "{name} {top} must be at least 1.", setting="top", top=options.top)
    if options.out is not None and not options.all_users:
        text = "{name} is for the recommendations of all users; add {name:all_users}."
        raise InputError("clash", text, setting="out")
    run = load(options.run)
    take_class_again(options, run)
    if options.all_users:
        return recommend_all(options, run)
    asked = scene_of(run, options)
    moment = asked.moment
    if run.explains or options.likes is not None:
        ranked: Ranking = moment.ranking
    else:  # also for SASRec, whose own forward pass differs in the eighth digit
        ranked = other_ranking(run, moment.user, moment.window, moment.excluded)
    table = one_list(replace(ranked, exclude=None) if options.include_seen else ranked, "", options.top)
    measure, names = run.measure.name, ("rank", "item", "title", "short", "long", run.measure.name)
    rows = [{name: row.get(name) for name in names} for row in table.to_dict("records")]
    facts = {
        "user": options.user,
        "likes": asked.view.likes,
        "window": asked.ids(asked.window),
        "next_item": None if asked.target is None else asked.item_id(asked.target),
        "long_weight": ranked.long_weight if run.explains else None,
        "items": rows,
    }
    lines, digits = [], 0 if all(row[measure].is_integer() for row in rows) else 4  # a count has no decimals
    for row in rows:
        parts = "".join(f"  {part}-term part {row[part]:.4f}" for part in ("short", "long") if row[part] is not None)
        title = f"{row['title']} [{row['item']}]{', the actual next item' if row['item'] == facts['next_item'] else ''}"
        lines.append(f"{row['rank']:4g}  {measure} {row[measure]:.{digits}f}{parts}  {title}")
    return answer_at(asked, options, facts, lines)


def recommend_all(options: argparse.Namespace, run: Run) -> None:
    """Writes the table to --out and prints its size. Raises InputError for an ending other than .csv and .parquet."""
    given = next((name for name in ONE_USER if getattr(options, name) is not None), None)
    given = "step" if isinstance(options.step, int) else given
    if given is not None:
        raise InputError("clash", "{name:all_users} is about every user; leave out {name}.", setting=given)
    endings = {".csv": write_csv, ".parquet": write_parquet}
    if options.out is None or options.out.suffix.lower() not in endings:
        text = "Name the file to write: {name:out} FILE.csv or FILE.parquet."
        raise InputError("no_out", text, setting="out")
    write, count = endings[options.out.suffix.lower()], 0

    def content(stream: IO[bytes]) -> None:
        nonlocal count
        count = write(stream, blocks(run, options.top, seen=options.include_seen, whole=options.step == "all"))

    with writing(options.out):
        atomic_write(options.out, content)
    remark(f"Wrote {options.out}.")
    ids = (text for texts in (run.interactions.user_ids, run.interactions.item_ids) for text in texts)
    changed = sum(no_formula(text) != text for text in ids) if write is write_csv else 0
    if changed:
        begin = "1 id begins" if changed == 1 else f"{changed:,} ids begin"
        remark(f"{begin} with an apostrophe there, since a spreadsheet would read a formula; a .parquet file has none.")
    after = "after all items" if options.step == "all" else "after all items but the last"
    facts = {"out": str(options.out), "users": run.interactions.n_users, "rows": count, "each": after}
    show(facts, options.json)


def blocks(run: Run, top: int, *, seen: bool = False, whole: bool = False) -> Iterator[pd.DataFrame]:
    """Yields tables with a row for each recommendation: user, rank, item, title, distance or score, and for AttRec
    short and long. Users are in the order of the run. seen: seen items are candidates, too. whole: each user is shown
    after the whole history, else at the usual step."""
    from tqdm import tqdm

    data, ranked = run.interactions, rankings_of(run)
    size = max(1, min(MOST, FLOATS // data.n_items))
    with tqdm(total=data.n_users, unit="user", desc="recommending", dynamic_ncols=True, delay=1e-3) as bar:
        for start in range(0, data.n_users, size):
            users = np.arange(start, min(start + size, data.n_users))
            steps = [len(history) if whole else usual_step(history) for history in map(data.history, users.tolist())]
            windows = last_windows(data, users, np.array(steps), run.model_config.history)
            lists = []
            for user, step, ranking in zip(users.tolist(), steps, ranked(users, windows), strict=True):
                past, target = np.split(data.history(user).astype(np.int64), [step])
                excluded = None if seen else np.setdiff1d(past, target)  # the actual next item is always a candidate
                lists.append(one_list(replace(ranking, exclude=excluded), data.user_ids[user], top))
            yield pd.concat(lists, ignore_index=True)
            bar.update(len(users))


def rankings_of(run: Run) -> Callable[[np.ndarray, np.ndarray], Iterator[Ranking]]:
    """Returns a function: users (B,) and what the model reads (B, R) → the ranking of each user."""
    if not run.explains:
        from attrec_core.models.registry import model_in

        ranker = model_in(run).ranker()
        return lambda users, windows: (other_of(run, distances) for distances in ranker(users, windows))
    arrays, config = run.weights, run.model_config

    def rankings(users: np.ndarray, histories: np.ndarray) -> Iterator[Ranking]:
        points, m = tastes(arrays, config, users, histories), intents(arrays, config, histories[:, -config.window :])
        products = queries(points, m, config.long_weight) @ run.table.T
        for parts in zip(m, points, products, strict=True):
            yield Ranking(run, parts[0], parts[1], config.long_weight, None, parts[2])

    return rankings


def one_list(ranking: Ranking, user: str, top: int) -> pd.DataFrame:
    """Returns the table of the first `top` items of one user."""
    items, distances, ranks = ranking.nearest(top)
    data = ranking.run.interactions
    ids, titles = ([texts[item] for item in items.tolist()] for texts in (data.item_ids, data.titles))
    measure = ranking.run.measure
    columns = {"user": [user] * len(ids), "rank": ranks, "item": ids, "title": titles}
    columns |= {measure.name: measure.of(distances)}
    parts = zip(("short", "long"), ranking.parts(items), strict=True) if ranking.run.explains else ()
    return pd.DataFrame(columns | dict(parts))


def write_csv(stream: IO[bytes], tables: Iterator[pd.DataFrame]) -> int:
    """Writes the tables one below the other; returns the number of rows."""
    count = 0
    for number, table in enumerate(tables):
        options = {"index": False, "header": number == 0, "quoting": csv.QUOTE_NONNUMERIC}
        stream.write(disarmed(whole_numbers(table, "rank")).to_csv(lineterminator="\n", **options).encode())
        count += len(table)
    return count


def write_parquet(stream: IO[bytes], tables: Iterator[pd.DataFrame]) -> int:
    """Writes each table as a group of rows; returns the number of rows."""
    first = pa.Table.from_pandas(next(tables), preserve_index=False)
    count = len(first)
    with arrow_parquet.ParquetWriter(stream, first.schema) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(pa.Table.from_pandas(table, first.schema, preserve_index=False))
            count += len(table)
    return count
