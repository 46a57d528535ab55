"""Files that lie, disks that are full, and processes that are ended: nothing is left behind."""

from __future__ import annotations

import io
import os
import resource
import signal
import subprocess
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import symconv as sc
from symconv.cli.inputs import read_kernel

CLI = (sys.executable, "-m", "symconv")


def npy_header(shape, descr="<f8"):
    file = io.BytesIO()
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


def npz(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


NPY = {
    "a header of 72 TiB": npy_header((10**13,)),
    "a header beyond any memory": npy_header((2**40, 2**40)),
    "a header of many axes": npy_header((10**6,) * 40),
    "objects": npy_header((3,), "|O"),
    "cut": npy_header((100,)) + bytes(8),
    "an archive": npz(kernel=np.zeros(10**6)),
    "no array": b"no array",
    "nothing": b"",
    "text": npy_header((1,), "<U10") + bytes(40),
}


@pytest.mark.parametrize("content", NPY.values(), ids=NPY)
def test_what_an_array_file_claims_is_not_allocated(content, tmp_path):
    path = tmp_path / "kernel.npy"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(sc.SymconvError) as caught:
            read_kernel(str(path))
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)


def test_a_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "kernel.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("kernel.npy", npy_header((10**7,)) + bytes(8 * 10**7))
    tracemalloc.start()
    try:
        for name in (path, path.rename(tmp_path / "kernel.npy")):
            with pytest.raises(sc.SymconvError):
                read_kernel(str(name))
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


# --- ONNX --------------------------------------------------------------------------------------


def onnx_model(location=None, dims=(1, 1, 3), raw=None):
    weight = numpy_helper.from_array(np.ones((1, 1, 3), dtype=np.float32), "w")
    if location:
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", "0"), ("length", "12")):
            stored = weight.external_data.add()
            stored.key, stored.value = key, value
    if raw is not None:
        weight.raw_data = raw
    weight.ClearField("dims")
    weight.dims.extend(dims)
    ends = [helper.make_tensor_value_info(v, 1, [1, 1, n]) for v, n in (("x", 5), ("y", 3))]
    node = helper.make_node("Conv", ["x", "w"], ["y"])
    return helper.make_model(helper.make_graph([node], "g", ends[:1], ends[1:], [weight]))


MODELS = {
    "outside of the folder": onnx_model("../secret.bin"),
    "an absolute path": onnx_model("/etc/hostname"),
    "a link": onnx_model("link.bin"),
    "missing": onnx_model("missing.bin"),
    "more numbers than there are": onnx_model(dims=(10**6, 10**6, 10**3)),
    "too few bytes": onnx_model(raw=b"12"),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("read", [sc.from_onnx, sc.stack], ids=["from_onnx", "stack"])
def test_a_model_reads_nothing_outside_of_its_folder(read, model, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(np.ones(3, dtype=np.float32).tobytes())
    (folder / "link.bin").symlink_to("../secret.bin")
    (folder / "layer.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(sc.SymconvError) as caught:
        read(str(folder / "layer.onnx"))
    assert "\n" not in str(caught.value)


def test_a_model_reads_what_is_beside_it(tmp_path):
    (tmp_path / "weights.bin").write_bytes(np.arange(3, dtype=np.float32).tobytes())
    onnx.save(onnx_model("weights.bin"), tmp_path / "layer.onnx")
    assert sc.from_onnx(tmp_path / "layer.onnx") == sc.conv([0, 1, 2], 5)


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"no model"])
def test_what_is_no_model_is_said(content, tmp_path):
    path = tmp_path / "layer.onnx"
    path.write_bytes(content)
    for read in (sc.from_onnx, sc.stack):
        with pytest.raises(sc.SymconvError):
            read(str(path))


# --- files that are written -------------------------------------------------------------------


def _small_files():
    """A disk that is full after a few bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))


LAYER = ("--kernel", "3x3", "--input", "6x6")
WRITTEN = {
    "text": ("derive", *LAYER, "--format", "json", "--output", "out.json"),
    "picture": ("draw", *LAYER, "--output", "out.svg"),
    "PNG": ("draw", *LAYER, "--output", "out.png"),
    "GIF": ("animate", *LAYER, "--output", "out.gif"),
    "HTML": ("animate", *LAYER, "--output", "out.html"),
    "MP4": ("animate", *LAYER, "--output", "out.mp4"),
}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", WRITTEN.values(), ids=WRITTEN)
def test_a_full_disk_leaves_nothing_and_is_said(arguments, tmp_path):
    (tmp_path / "folder").mkdir()
    done = subprocess.run(
        [*CLI, *arguments], cwd=tmp_path / "folder", capture_output=True, text=True,
        preexec_fn=_small_files, timeout=200,
        env={**os.environ, "MPLCONFIGDIR": str(tmp_path), "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 2
    last = done.stderr.rstrip("\n").rpartition("\n")[2]  # matplotlib has no room for its own files
    assert last.startswith("symconv: error: "), done.stderr
    assert "cannot be written: File too large" in last or "may be full: " in last
    assert not list((tmp_path / "folder").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("ending", ["gif", "mp4"])
def test_an_end_by_hand_leaves_nothing(number, ending, tmp_path):
    command = [*CLI, "animate", "--kernel", "3x3", "--input", "16x16", "--output", f"out.{ending}"]
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        time.sleep(4)
        assert process.poll() is None
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode != 0
    assert not list(tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):  # no child of its session is left
        os.killpg(process.pid, 0)


def test_a_device_is_not_replaced():
    with pytest.raises(sc.SymconvError, match="is no regular file"):
        sc.to_document(sc.conv([1, 2], 3), Path("/dev/full"))
