"""weights.safetensors: the weights of a model, read and checked. One table scores every item, for every ω:

    y_i = ω‖U‖² + (1 − ω)‖m‖² + ⟨[−2ωU, −2(1 − ω)m, ω, 1 − ω], [V_i, X_i, ‖V_i‖², ‖X_i‖²]⟩

The table is stored as `items`; an older run holds X and V, and the table is made when that run is read.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping

import numpy as np
from safetensors.numpy import save as save_tensors

from attrec_core.config import ModelConfig
from attrec_core.runs.columns import Column, checked_columns
from attrec_core.runs.systems import SYSTEMS
from attrec_core.storage.arrays import mapped, tensors_in
from attrec_core.storage.checksums import CheckedFolder
from attrec_core.storage.read_errors import expect

FILE = "weights.safetensors"
MAPPED = 100_000_000  # bytes; a file from this size on is mapped into memory, not read
TABLE = "items"


class Arrays(dict[str, np.ndarray]):
    """float32 arrays by their names in the model."""

    @property
    def stored(self) -> dict[str, np.ndarray]:
        """The arrays as the file holds them."""
        return self

    def content(self) -> bytes:
        return save_tensors({name: np.ascontiguousarray(array) for name, array in self.stored.items()})


class Weights(Arrays):
    """The arrays of AttRec. item_long V and item_short X are views of the table. table (N, 2d + 2): [V, X, ‖V‖², ‖X‖²];
    None: the table is made, and V and X are copied once."""

    def __init__(self, arrays: Mapping[str, np.ndarray], table: np.ndarray | None = None) -> None:
        if table is None:
            table = table_of(arrays["item_long"], arrays["item_short"])
        dim = table.shape[1] // 2 - 1
        super().__init__(arrays, item_long=table[:, :dim], item_short=table[:, dim : 2 * dim])
        self.table = table

    @property
    def stored(self) -> dict[str, np.ndarray]:
        rest = {name: array for name, array in self.items() if name not in ("item_long", "item_short")}
        return {TABLE: self.table} | rest


def arrays_of(config: ModelConfig, arrays: Mapping[str, np.ndarray]) -> Arrays:
    return Weights(arrays) if config.model == "attrec" else Arrays(arrays)


def table_of(long: np.ndarray, short: np.ndarray) -> np.ndarray:
    """V and X (N, d) → (N, 2d + 2)."""
    dim = long.shape[1]
    table = np.empty((len(long), 2 * dim + 2), np.float32)
    for index, vectors in enumerate((long, short)):
        table[:, index * dim : (index + 1) * dim] = vectors
        table[:, 2 * dim + index] = np.einsum("nd,nd->n", vectors, vectors)
    return table


def weights_in(
    folder: CheckedFolder, config: ModelConfig, users: int | None = None, items: int | None = None, *, whole: bool
) -> tuple[Arrays, str]:
    """Reads the weights of a model with that many users and items (None: any number), and their fingerprint: sha256 of
    the file, first 12 digits. A large file is mapped; unless `whole`, its checksum and its values are not checked.
    Raises InputError."""
    file, large = folder.path / FILE, is_mapped(folder)
    with folder.opened(FILE, unread=large and not whole) as stream:
        content = mapped(file) if large else np.fromfile(stream, np.uint8)
        arrays = {name: tensor.values() for name, tensor in tensors_in(content).items()}
        weights = checked_weights(arrays, config, users, items, values=whole or not large)
    return weights, folder.sums[FILE][:12] if large else hashlib.sha256(content.data).hexdigest()[:12]


def is_mapped(folder: CheckedFolder) -> bool:
    """Whether the file is large, and the run has its checksum. A file that is away, because the run is being replaced,
    is not; whoever reads it says so, or reads again."""
    with contextlib.suppress(FileNotFoundError):
        return FILE in folder.sums and (folder.path / FILE).stat().st_size >= MAPPED
    return False


def sasrec_axes(config: ModelConfig) -> dict[str, str]:
    """The arrays of SASRec, which pages read too, and the axes of each. I: the size inside the feed-forward network."""
    made = config.equations
    parts = {"norm_query": "d", "norm_inner": "d", "query": "dd", "key_value": "Dd", "inner.0": "Id", "inner.3": "dI"}
    parts |= {"output": "dd"} if made.output else {}
    names = {f"blocks.{block}.{part}": axes for block in range(config.layers) for part, axes in parts.items()}
    names |= ({"norm": "d"} if made.final_norm else {}) | ({"norm_input": "d"} if made.input_norm else {})
    axes = {"item": "Nd"} | ({} if made.places == "none" else {"place": "Ld"})
    for name, weight in names.items():
        axes |= {f"{name}.weight": weight, f"{name}.bias": weight[0]}
    return axes


def checked_weights(
    arrays: Mapping[str, np.ndarray], config: ModelConfig, users: int | None, items: int | None, *, values: bool = True
) -> Arrays:
    """Returns the checked arrays. Raises KeyError for a missing array, ValueError saying which array is wrong and how.
    Which arrays another system needs is checked by its class when it is loaded."""
    lengths = {axis: count for axis, count in (("M", users), ("N", items)) if count is not None}
    if config.model == "sasrec":
        columns = {name: Column(np.float32, axes) for name, axes in sasrec_axes(config).items()}
        lengths |= {"d": config.dim, "D": 2 * config.dim, "L": config.window}
        return Arrays(checked_columns(arrays, columns, values=values, **lengths))
    if config.model != "attrec":
        # A class of the user's own may keep any numbers beside its parameters.
        for name, array in arrays.items() if config.model != "own" else ():
            expect(array.dtype == np.float32, f"{name} is {array.dtype}, not float32")
            expect(not values or bool(np.isfinite(array).all()), f"{name} holds a number that is not finite")
        for space in SYSTEMS[config.model].spaces.values():  # what pages read of another system
            columns = {name: Column(np.float32, "Nk") for name in space.items.split()}
            columns |= {space.users: Column(np.float32, "Mk")} if space.users else {}
            checked_columns(arrays, columns, values=False, **lengths)
        return Arrays(arrays)
    shapes = {TABLE: "NT"} if TABLE in arrays else {"item_short": "Nd", "item_long": "Nd"}
    shapes |= {} if config.taste == "items" else {"user_long": "Md"}
    shapes |= {"projection": "dd"} | ({} if config.shared_projection else {"key_projection": "dd"})
    shapes |= {"own_share": "1"} if config.taste == "both" else {}
    columns = {name: Column(np.float32, axes) for name, axes in shapes.items()}
    checked = checked_columns(arrays, columns, values=values, d=config.dim, T=2 * config.dim + 2, **lengths)
    weights = Weights(checked, checked.pop(TABLE, None))
    if values and TABLE in arrays:
        norms = np.stack([np.einsum("nd,nd->n", *[weights[name]] * 2) for name in ("item_long", "item_short")], 1)
        expect(np.allclose(weights.table[:, -2:], norms, rtol=1e-4, atol=0), "the stored norms of its items are wrong")
    return weights
