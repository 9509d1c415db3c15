"""Checkpoints of torch are read as torch reads them, and no pickle is run: a damaged or hostile file is a sentence."""

from __future__ import annotations

import io
import os
import pickle
import struct
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from attrec_core.errors import InputError
from attrec_core.storage import checkpoints
from attrec_core.storage.checkpoints import content_of, read_checkpoint


def saved(value: Any, protocol: int = 2) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, pickle_protocol=protocol)
    return buffer.getvalue()


class Foreign:
    """An object of a class that the reader does not know."""

    def __init__(self) -> None:
        self.settings = {"heads": 2}


@pytest.mark.parametrize("protocol", [2, 4])
def test_tensors_settings_and_ids_are_read_as_torch_reads_them(protocol: int, tmp_path: Path) -> None:
    model, ids = nn.Linear(3, 2), np.array(["PAD", "a", 7], object)
    table = torch.arange(12, dtype=torch.float64).reshape(3, 4)
    tensors = {
        "turned": table.T,
        "part": table[1:, ::2],
        "half": torch.tensor([1.5, -2], dtype=torch.float16),
        "brain": torch.tensor([1.5, -2], dtype=torch.bfloat16),
        "whole": torch.tensor([[2**40]]),
        "truth": torch.tensor([True, False]),
        "none": torch.zeros(0, 5),
        "scalar": torch.tensor(3.0),
        "own": nn.Parameter(torch.ones(2)),
    }
    settings = {"n": 3, "name": "é", "parts": (1, [2.5, None]), 4: True, "score": np.float64(0.25), "ids": ids}
    settings |= {"ints": np.arange(3), "device": torch.device("cpu"), "of": Foreign(), "ordered": OrderedDict(a=1)}
    file = tmp_path / "any.ckpt"
    file.write_bytes(saved({"state_dict": model.state_dict(), "tensors": tensors, "settings": settings}, protocol))
    read = read_checkpoint(file)
    for name, tensor in tensors.items():
        theirs = tensor.detach()
        expected = theirs.float().numpy() if name == "brain" else theirs.numpy()
        assert read.arrays[f"tensors.{name}"].dtype == expected.dtype
        assert np.array_equal(read.arrays[f"tensors.{name}"], expected)
    assert np.array_equal(read.arrays["state_dict.weight"], model.weight.detach().numpy())
    told = read.values["settings"]
    assert told | {"device": 0, "of": 0} == {
        **{"n": 3, "name": "é", "parts": [1, [2.5, None]], "4": True, "score": 0.25, "ids": ["PAD", "a", 7]},
        **{"ints": [0, 1, 2], "ordered": {"a": 1}, "device": 0, "of": 0},
    }
    assert told["of"]["class"].endswith("Foreign")
    assert told["of"]["state"] == {"settings": {"heads": 2}}


def test_tensors_that_share_a_storage_are_read_and_bytes_before_the_zip_are_skipped() -> None:
    table = torch.ones(4, 4)
    content = saved({"a": table, "b": table[0], "c": table})
    for before in (b"", pickle.dumps({"model": "an object of another program"})):
        _, arrays = content_of(before + content)
        assert {name: array.shape for name, array in arrays.items()} == {"a": (4, 4), "b": (4,), "c": (4, 4)}


def test_an_array_of_numpy_keeps_its_rows() -> None:
    table = np.arange(6).reshape(2, 3)
    values, _ = content_of(saved({"c": table, "f": np.asfortranarray(table), "none": np.empty((0, 2))}))
    assert values == {"c": [[0, 1, 2], [3, 4, 5]], "f": [[0, 1, 2], [3, 4, 5]], "none": []}


# Files that are refused. Each maker gets the name of a file that the pickle would make if it were run.
def zipped(data: bytes, **more: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", more.pop("compression", zipfile.ZIP_STORED)) as archive:
        archive.writestr("m/data.pkl", data)
        for name, content in more.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def call(module: str, name: str, *arguments: str, end: bytes = b"R") -> bytes:
    """The opcodes of module.name(*arguments)."""
    return f"c{module}\n{name}\n".encode() + b"(" + b"".join(map(text, arguments)) + b"t" + end


def storage(kind: str = "FloatStorage", key: str = "0", count: bytes = b"K\x04") -> bytes:
    return b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text(key) + text("cpu") + count + b"tQ"


def rebuilt(offset: bytes = b"K\x00", shape: bytes = b"K\x04\x85", stride: bytes = b"K\x01\x85", **of: Any) -> bytes:
    function = b"ctorch._utils\n_rebuild_tensor_v2\n"
    return b"\x80\x02" + function + b"(" + storage(**of) + offset + shape + stride + b"\x89}tR."


FOUR = {"m__data__0": np.ones(4, np.float32).tobytes()}
MILLION = b"J\x40\x42\x0f\x00"  # a whole number
SIXTY = b"h\x00" * 60  # the value that is kept as the first, again and again
PLAIN = saved({"a": torch.ones(3)})
CALLS: dict[str, Callable[[str], bytes]] = {
    "os.system": lambda marker: call("os", "system", f"touch {marker}"),
    "posix.system": lambda marker: call("posix", "system", f"touch {marker}"),
    "eval": lambda marker: call("builtins", "eval", f"open({marker!r}, 'w')"),
    "exec": lambda marker: call("builtins", "exec", f"open({marker!r}, 'w')"),
    "open": lambda marker: call("builtins", "open", marker, "w"),
    "getattr": lambda marker: call("builtins", "getattr", "os", "system"),
    "import": lambda marker: call("builtins", "__import__", "antigravity"),
    "Popen": lambda marker: call("subprocess", "Popen", f"touch {marker}"),
    "INST": lambda marker: b"(" + text(f"touch {marker}") + b"ios\nsystem\n",
    "OBJ": lambda marker: b"(cos\nsystem\n" + text(f"touch {marker}") + b"o",
    "NEWOBJ": lambda marker: call("os", "system", f"touch {marker}", end=b"\x81"),
    "NEWOBJ_EX": lambda marker: b"cos\nsystem\n" + text(f"touch {marker}") + b"\x85}\x92",
    "STACK_GLOBAL": lambda marker: text("os") + text("path.os.system") + b"\x93" + text(f"touch {marker}") + b"\x85R",
    "own function": lambda marker: call("attrec_core.storage.checkpoints", "main", marker, marker),
    "rebuilt by another": lambda marker: (
        b"ctorch._tensor\n_rebuild_from_type_v2\n(cos\nsystem\n" + text(f"touch {marker}") + b"\x85}tR"
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_a_pickle_calls_stays_a_name(name: str, tmp_path: Path) -> None:
    """The file may be read, as a record of what it wanted to call; or refused. Nothing is called either way."""
    marker, file = tmp_path / "called", tmp_path / "hostile.pth"
    file.write_bytes(zipped(b"\x80\x04" + CALLS[name](str(marker)) + b"."))
    try:
        read = read_checkpoint(file)
    except InputError as error:
        assert str(error).startswith(f"{file} cannot be used: ")
    else:
        assert "class" in read.values and not read.arrays
    assert not marker.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hostile.pth"]


def nested(opens: bytes, closes: bytes) -> bytes:
    return b"\x80\x02" + opens * 100_000 + b"K\x01" + closes * 100_000 + b"."


def doubled() -> bytes:
    """A list of two lists, each the same list of two lists …: few bytes, 2⁴⁰ values."""
    return b"\x80\x02]" + b"".join(b"q%c](h%ch%ce" % (k, k, k) for k in range(40)) + b"."


def with_entry(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO(PLAIN)
    with zipfile.ZipFile(buffer, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there already
        archive.writestr(name, content)
    return buffer.getvalue()


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "whole pickled object"),
    "text": (b"weights", "whole pickled object"),
    "bare pickle": (pickle.dumps({"a": 1}), "whole pickled object"),
    "cut zip": (PLAIN[:-30], "whole pickled object"),
    "cut in front": (PLAIN[60:], "damaged"),
    "changed byte": (PLAIN.replace(struct.pack("<f", 1.0), struct.pack("<f", 2.0), 1), "damaged"),
    "no pickle": (zipped(b"").replace(b"data.pkl", b"else.pkl"), "0 entries data.pkl"),
    "two roots": (with_entry("other/data.pkl", b"\x80\x02}."), "2 entries data.pkl"),
    "one name twice": (with_entry("archive/version", b"3"), "two entries of one name"),
    "compressed": (zipped(b"\x80\x02}.", compression=zipfile.ZIP_DEFLATED), "compressed"),
    "big-endian": (zipped(b"\x80\x02}.", m__byteorder=b"big"), "not little-endian"),
    "empty pickle": (zipped(b""), "is damaged"),
    "cut pickle": (zipped(b"\x80\x02}q"), "is damaged"),
    "huge string": (zipped(b"\x80\x02X\xff\xff\xff\x7fabc."), "is damaged"),
    "huge memo": (zipped(b"\x80\x02}r\xff\xff\xff\x7f."), "memory"),
    "unknown extension": (zipped(b"\x80\x02\x82\x01."), "is damaged"),
    "persistent text": (zipped(b"Pname\n."), "names no storage"),
    "nested lists": (zipped(nested(b"]", b"a")), "nested too deep"),
    "nested tuples": (zipped(nested(b"(", b"t")), "nested too deep"),
    "list in itself": (zipped(b"\x80\x02]q\x00h\x00a."), "nested too deep"),
    "doubled lists": (zipped(doubled()), "values|nested"),
    "one text 60 times": (zipped(b"\x80\x02" + text("a" * 1_000_000) + b"q\x00](" + b"h\x00" * 60 + b"e."), "texts"),
    "one key 60 times": (
        zipped(b"\x80\x02" + text("a" * 1_000_000) + b"q\x00](" + b"}h\x00Ns" * 60 + b"e."),
        "texts",
    ),
    "one class 60 times": (zipped(b"\x80\x02ca\n" + b"a" * 1_000_000 + b"\n)Rq\x00](" + SIXTY + b"e."), "texts"),
    "one long place 60 times": (
        zipped(b"\x80\x02}" + text("a" * 1_000_000) + b"](" + rebuilt()[2:-1] + b"q\x00" + SIXTY + b"es.", **FOUR),
        "texts",
    ),
    "a reserved name": (saved({"__metadata__": torch.ones(1)}), "__metadata__"),
    "no storage": (zipped(rebuilt()), "is damaged"),
    "short storage": (zipped(rebuilt(count=b"K\x08"), **FOUR), "another length"),
    "uneven storage": (zipped(rebuilt(), m__data__0=b"123"), "is damaged"),
    "beyond the storage": (zipped(rebuilt(offset=b"K\x01"), **FOUR), "beyond its storage"),
    "negative offset": (zipped(rebuilt(offset=b"J\xff\xff\xff\xff"), **FOUR), "shape of a tensor"),
    "a thousand million": (zipped(rebuilt(shape=b"J\x00\xca\x9a\x3b\x85", stride=b"K\x00\x85"), **FOUR), "beyond"),
    "long strides": (zipped(rebuilt(stride=b"J\xff\xff\xff\x7f\x85"), **FOUR), "beyond its storage"),
    "negative stride": (zipped(rebuilt(stride=b"J\xff\xff\xff\xff\x85"), **FOUR), "shape of a tensor"),
    "shape of text": (zipped(rebuilt(shape=text("4") + b"\x85"), **FOUR), "shape of a tensor"),
    "name of a path": (zipped(rebuilt(key="../0"), **FOUR), "names no storage"),
    "complex numbers": (zipped(rebuilt(kind="ComplexFloatStorage"), **FOUR), "ComplexFloat"),
    "changed tensor": (zipped(rebuilt()[:-1] + b"}b.", **FOUR), "changes a tensor"),
    "many copies": (
        zipped(b"\x80\x02](" + rebuilt(shape=MILLION + b"\x85", count=MILLION)[2:-1] + b"q\x01" + b"h\x01" * 40 + b"e.",
               m__data__0=bytes(4_000_000)),
        "larger than its file",
    ),
    "unhashable key": (zipped(b"\x80\x02}]K\x01s."), "is damaged"),
    "scalar of objects": (
        zipped(b"\x80\x02cnumpy\ndtype\n" + text("O8") + b"\x85Rq\x01cnumpy.core.multiarray\nscalar\n(h\x01"
               + text("a") + b"tR."),
        "O8",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_damaged_or_hostile_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    content, why = REFUSED[name]
    file = tmp_path / "hostile.pth"
    file.write_bytes(content)
    with pytest.raises(InputError, match=why) as caught:
        read_checkpoint(file)
    assert str(caught.value).startswith(f"{file} cannot be used: ")
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["hostile.pth"]


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_checkpoint(tmp_path / "none.pth")


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="this system does not say how much memory a process took")
@pytest.mark.parametrize("name", ["huge memo", "doubled lists", "nested tuples", "a thousand million", "many copies"])
def test_no_hostile_file_takes_more_than_a_gigabyte(name: str, tmp_path: Path) -> None:
    file = tmp_path / "hostile.pth"
    file.write_bytes(REFUSED[name][0])
    child = os.spawnv(os.P_NOWAIT, checkpoints.sys.executable,
                      [checkpoints.sys.executable, "-m", checkpoints.__name__, str(file), str(tmp_path)])  # fmt: skip
    _, _, used = os.wait4(child, 0)
    assert used.ru_maxrss * (1 if checkpoints.sys.platform == "darwin" else 1024) <= 1 << 30
