"""SASRec that another program trained: its arrays by the names that they have here, and its choices of equations.

Read are the checkpoints of RecBole (.pth) and of RecTools (.ckpt), and for anybody an .npz or .safetensors with the
state_dict of one of LIBRARIES and a JSON of settings: {"library": "recbole", "heads": 2} and what differs from the
library's usual Equations.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from attrec_core.config import Equations, ModelConfig, config_of
from attrec_core.errors import InputError, shown
from attrec_core.runs.foreign_weights import as_unusable, read_ids
from attrec_core.runs.weights import checked_weights
from attrec_core.storage.arrays import arrays_in, mapped, tensors_in
from attrec_core.storage.checkpoints import read_checkpoint
from attrec_core.storage.read_errors import expect

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Foreign:
    """A SASRec whose items are rows: `item` has a row for each, without padding."""

    library: str  # its name for people
    config: ModelConfig
    arrays: Arrays
    ids: Sequence[str] | None  # of the rows; None: RecBole's file holds none, they follow from its data
    settings: Mapping[str, Any] = field(default_factory=dict)  # as the file has them
    score: float | None = None  # RecBole's best validation score


@dataclass(frozen=True)
class Library:
    """names: a part of a name in the state_dict → the name here; k stands for the number of a block."""

    label: str
    equations: Equations
    names: Mapping[str, str]
    before: int  # rows of the item table before the first item
    after: int = 0  # and after the last one
    newest_first: bool = False  # whether the first position is that of the latest item


LIBRARIES = {
    "recbole": Library(
        "RecBole",
        Equations(
            norm="after", input_norm=True, scaled=False, places="oldest", activation="gelu", epsilon=1e-12, output=True,
            final_norm=False,
        ),
        {
            "item_embedding.weight": "item", "position_embedding.weight": "place", "LayerNorm": "norm_input",
            "trm_encoder.layer.k.multi_head_attention.query": "blocks.k.query",
            "trm_encoder.layer.k.multi_head_attention.key": "blocks.k.key",
            "trm_encoder.layer.k.multi_head_attention.value": "blocks.k.value",
            "trm_encoder.layer.k.multi_head_attention.dense": "blocks.k.output",
            "trm_encoder.layer.k.multi_head_attention.LayerNorm": "blocks.k.norm_query",
            "trm_encoder.layer.k.feed_forward.dense_1": "blocks.k.inner.0",
            "trm_encoder.layer.k.feed_forward.dense_2": "blocks.k.inner.3",
            "trm_encoder.layer.k.feed_forward.LayerNorm": "blocks.k.norm_inner",
        },
        before=1,
    ),
    "rectools": Library(
        "RecTools",
        Equations(residual="normed", scaled=False, output=True, last_epsilon=1e-8, padding="attended"),
        {
            "item_model.item_net_blocks.k.ids_emb.weight": "item", "pos_encoding_layer.pos_emb.weight": "place",
            "transformer_layers.transformer_blocks.k.multi_head_attn.in_proj_weight": "blocks.k.all.weight",
            "transformer_layers.transformer_blocks.k.multi_head_attn.in_proj_bias": "blocks.k.all.bias",
            "transformer_layers.transformer_blocks.k.multi_head_attn.out_proj": "blocks.k.output",
            "transformer_layers.transformer_blocks.k.q_layer_norm": "blocks.k.norm_query",
            "transformer_layers.transformer_blocks.k.ff_layer_norm": "blocks.k.norm_inner",
            "transformer_layers.transformer_blocks.k.feed_forward.ff_linear_1": "blocks.k.inner.0",
            "transformer_layers.transformer_blocks.k.feed_forward.ff_linear_2": "blocks.k.inner.3",
            "transformer_layers.last_layernorm": "norm",
        },
        before=1,
        newest_first=True,
    ),
    "gsasrec": Library(
        "gSASRec",
        Equations(residual="normed", scaled=False, activation="none"),
        {
            "item_embedding.weight": "item", "position_embedding.weight": "place", "seq_norm": "norm",
            "transformer_blocks.k.multihead_attention.query_proj": "blocks.k.query",
            "transformer_blocks.k.multihead_attention.key_proj": "blocks.k.key",
            "transformer_blocks.k.multihead_attention.val_proj": "blocks.k.value",
            "transformer_blocks.k.first_norm": "blocks.k.norm_query",
            "transformer_blocks.k.second_norm": "blocks.k.norm_inner",
            "transformer_blocks.k.dense1": "blocks.k.inner.0", "transformer_blocks.k.dense2": "blocks.k.inner.3",
        },
        before=1,
        after=1,
    ),
}  # fmt: skip
# Arguments of RecTools's constructor that name classes: others than these have other equations.
RECTOOLS_CLASSES = {
    "cls": "SASRecModel",
    "item_net_constructor_type": "SumOfEmbeddingsConstructor",
    "pos_encoding_type": "LearnableInversePositionalEncoding",
    "transformer_layers_type": "SASRecTransformerLayers",
    "similarity_module_type": "DistanceSimilarityModule",
    "backbone_type": "TransformerTorchBackbone",
}
# Its further arguments, by the part that they are for, and those that are followed here.
RECTOOLS_OPTIONS: Mapping[str, Mapping[str, Callable[[Any], dict[str, Any]]]] = {
    "pos_encoding_kwargs": {"use_scale_factor": lambda value: {"scaled": value}},
    "similarity_module_kwargs": {"distance": lambda value: {"score": "product" if value == "dot" else value}},
    "transformer_layers_kwargs": {},
    "item_net_constructor_kwargs": {},
    "backbone_kwargs": {},
}


def read_foreign_sasrec(file: Path, settings: Path | None = None, items: Path | None = None) -> Foreign:
    """Reads a checkpoint of RecBole or RecTools; or, with a JSON of settings and a CSV with a column `item` (the id of
    each row of the item table but those of padding), the arrays of a state_dict. Raises InputError."""
    if settings is not None or file.suffix in (".npz", ".safetensors"):
        return of_arrays(file, settings, items)
    if items is not None:
        text = "{name} has no use for {file}: a checkpoint names its items, or RecBole's data does."
        raise InputError("clash", text, setting="items", file=file)
    checkpoint = read_checkpoint(file)
    with as_unusable(file):
        values, arrays = checkpoint.values, of_state(checkpoint.arrays)
        expect(isinstance(values, dict) and "state_dict" in values, "it holds no state_dict of a model")
        if "hyper_parameters" in values:
            return of_rectools(values["hyper_parameters"], arrays)
        has_config = "config" in values
        expect(has_config, "it has the settings neither of RecBole nor of RecTools; give them in a file (--settings)")
        return of_recbole(values, arrays)


def of_state(arrays: Mapping[str, np.ndarray]) -> Arrays:
    """The arrays of the state_dict of a checkpoint, or all arrays, by their names in the model."""
    inside = {name: array for name, array in arrays.items() if name.startswith("state_dict.")} or arrays
    return {name.removeprefix("state_dict.").removeprefix("torch_model."): array for name, array in inside.items()}


def of_recbole(values: Mapping[str, Any], arrays: Arrays) -> Foreign:
    settings = values["config"]["state"]["final_config_dict"]
    expect(settings["model"] == "SASRec", f"it is {shown(settings['model'])} of RecBole, and SASRec is read")
    chosen = {"activation": settings["hidden_act"], "epsilon": float(settings["layer_norm_eps"])}
    score = values.get("best_valid_score")
    return made("recbole", arrays, settings["n_heads"], chosen, None, settings, score)


def of_rectools(values: Mapping[str, Any], arrays: Arrays) -> Foreign:
    given, chosen = values["model_config"], dict[str, Any]()
    for name, wanted in RECTOOLS_CLASSES.items():
        found = str(given[name]).rpartition(".")[2]
        expect(found == wanted, f"its {name} is {shown(found)}, and {wanted} is read")
    expect(given["use_causal_attn"] is True, "its attention is not causal (use_causal_attn)")
    for name, known in RECTOOLS_OPTIONS.items():
        for option, value in (given.get(name) or {}).items():
            expect(option in known, f"its {name} has {shown(option)}, whose equation is not known here")
            chosen |= known[option](value)
    chosen |= {} if given["use_pos_emb"] else {"places": "none"}
    chosen |= {"padding": "hidden"} if given["use_key_padding_mask"] else {}
    count, ids = len(values["item_extra_tokens"]), [str(name) for name in values["item_external_ids"]]
    expect(count == 1, f"it has {count} rows before its items, and one is read")
    return made("rectools", arrays, given["n_heads"], chosen, ids[count:], given)


def of_arrays(file: Path, settings: Path | None, items: Path | None) -> Foreign:
    for name, given in (("settings", settings), ("items", items)):
        if given is None:
            raise InputError("no_settings", "{name} is missing: {file} holds arrays alone.", setting=name, file=file)
    assert settings is not None and items is not None
    with as_unusable(settings):
        about = json.loads(settings.read_text("utf-8"))
        expect(
            isinstance(about, dict) and about.get("library") in LIBRARIES, f'"library" is one of {", ".join(LIBRARIES)}'
        )
        expect(type(about.get("heads")) is int, 'it needs "heads", a whole number')
    ids = read_ids(items, "item")
    with as_unusable(file):
        chosen = {name: value for name, value in about.items() if name not in ("library", "heads", "session_max_len")}
        return made(about["library"], of_state(arrays_of_file(file)), about["heads"], chosen, ids, about)


def arrays_of_file(file: Path) -> Arrays:
    if file.suffix not in (".npz", ".safetensors"):
        return read_checkpoint(file).arrays
    with file.open("rb") as stream:
        stored = arrays_in(stream) if file.suffix == ".npz" else tensors_in(mapped(file))
        return {name: array.values() for name, array in stored.items()}


def made(
    library: str,
    arrays: Mapping[str, np.ndarray],
    heads: int,
    chosen: Mapping[str, Any],
    ids: Sequence[str] | None,
    settings: Mapping[str, Any],
    score: float | None = None,
) -> Foreign:
    """The model of these arrays. chosen: what differs from the library's equations. Raises ValueError or KeyError for
    an array that is missing, unknown or has another shape, InputError for an unknown choice."""
    known = LIBRARIES[library]
    equations = config_of(Equations, asdict(known.equations) | dict(chosen))
    own = joined(renamed(arrays, known))
    table = own["item"]
    expect(table.ndim == 2 and len(table) > known.before + known.after, "its item table has no row of an item")
    own["item"] = table[known.before : len(table) - known.after]
    if known.newest_first and "place" in own:
        own["place"] = own["place"][::-1]
    layers = len({name.split(".")[1] for name in own if name.startswith("blocks.")})
    dim, window = table.shape[1], len(own["place"]) if "place" in own else settings.get("session_max_len", 0)
    expect(heads > 0 and dim % heads == 0, f"{heads} heads do not divide its {dim} dimensions")
    shape = {"dim": dim, "window": window, "layers": layers, "heads": heads, "equations": equations}
    config = ModelConfig(model="sasrec", **shape)
    if ids is not None:
        expect(len(ids) == len(own["item"]), f"it has {len(own['item']):,} items, and there are {len(ids):,} ids")
    floats = {name: np.ascontiguousarray(array, np.float32) for name, array in own.items()}
    return Foreign(known.label, config, dict(checked_weights(floats, config, None, None)), ids, settings, score)


def renamed(arrays: Mapping[str, np.ndarray], library: Library) -> Arrays:
    """The arrays by the names that they have here. Raises ValueError for an unknown one."""
    own: Arrays = {}
    for name, array in arrays.items():
        number = next(iter(re.findall(r"\.(\d+)\.", name)), "")
        general = re.sub(r"\.\d+\.", ".k.", name, count=1)
        for end in ("", ".weight", ".bias"):
            ours = library.names.get(general.removesuffix(end)) if name.endswith(end) else None
            if ours is not None:
                own[ours.replace(".k.", f".{number}.") + end] = array
                break
        else:
            raise ValueError(f"it has an array {shown(name)}, which a SASRec of {library.label} has not")
    return own


def joined(arrays: Arrays) -> Arrays:
    """Key and value as one array, as they are stored here; RecTools stores the query with them."""
    own = dict(arrays)
    for name in arrays:
        block, _, part = name.rpartition(".")
        if block.endswith(".all"):
            rows = len(arrays[name]) // 3
            stem = block.removesuffix(".all")
            own |= {f"{stem}.query.{part}": arrays[name][:rows], f"{stem}.key_value.{part}": arrays[name][rows:]}
            del own[name]
        if block.endswith(".key"):
            value = own.pop(f"{block.removesuffix('.key')}.value.{part}")
            own[f"{block}_value.{part}"] = np.concatenate([own.pop(name), value])
    return own
