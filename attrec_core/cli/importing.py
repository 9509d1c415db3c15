"""What data holds, and data sets made of it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from attrec_core import data
from attrec_core.cli.data import reading_options
from attrec_core.cli.output import remark, show
from attrec_core.data import data_sets
from attrec_core.data.causes import FILE as CAUSES
from attrec_core.data.causes import causes_beside
from attrec_core.data.report import ImportReport
from attrec_core.storage.atomic_folder import DATA_SET, check_writable
from attrec_core.storage.atomic_write import atomic_write


def inspect(options: argparse.Namespace) -> None:
    _, report = data.import_data(options.data, reading_options(options))
    if options.json:
        return show(in_short(report) | report.as_dict(), True)
    print(report.text)
    return None


def download(options: argparse.Namespace) -> None:
    """The .zip in the cache. The licence is said before anything is asked of the network."""
    from tqdm import tqdm

    from attrec_core.data.downloads import BASE, LICENCE, offer
    from attrec_core.data.downloads import download as fetched

    offer(options.name)
    remark(LICENCE)
    with tqdm(unit="B", unit_scale=True, desc=options.name, dynamic_ncols=True, delay=1e-3) as bar:

        def on_progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = fetched(options.name, base=options.base_url or BASE, on_progress=on_progress)
    remark(f"It is read as it is: python -m attrec_core train {found} --out RUN.")
    show({"name": options.name, "file": str(found), "bytes": found.stat().st_size}, options.json)


def in_short(report: ImportReport) -> dict[str, Any]:
    """The counts under the names that they have had since there were no reports."""
    counts = report.counts
    return {"users": counts.users, "items": counts.items, "interactions": counts.interactions}


def import_data(options: argparse.Namespace) -> None:
    """A data set in --out, and the report: on stdout, in the data set, and in a file where one is asked for."""
    check_writable(options.out, DATA_SET, overwrite=options.overwrite)
    chosen = reading_options(options)
    interactions, report = data.import_data(options.data, chosen)
    causes = causes_beside(options.data, interactions)  # checked here, or a training would find the fault
    data_sets.save(
        interactions,
        report,
        options.out,
        options.name or options.out.name,
        options=chosen,
        causes=(options.data / CAUSES).read_bytes() if causes is not None else None,
        overwrite=options.overwrite,
    )
    if options.report is not None:
        as_json = options.report.suffix.lower() == ".json"
        text = json.dumps(report.as_dict(), indent=1, ensure_ascii=False) if as_json else report.text
        atomic_write(options.report, f"{text}\n".encode())
        remark(f"Wrote {options.report}.")
    remark(f"Wrote {options.out}.")
    if options.json:
        return show({"data_set": str(options.out), **in_short(report), **report.as_dict()}, True)
    print(report.text)
    return None
