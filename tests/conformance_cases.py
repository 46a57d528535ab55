"""Cases that other people's libraries made, and the operators that they speak of."""

import json
from pathlib import Path

import numpy as np

import symconv as sc

FOLDER = Path(__file__).parent / "conformance"
CASES = json.loads((FOLDER / "cases.json").read_text())["cases"]
BAD = json.loads((FOLDER / "bad_inputs.json").read_text())["table"]


def array(field):
    return np.array(field["data"]).reshape(field["shape"])


def operator(case, weight):
    """C, its transpose or the transposed convolution of a case, on symbols or numbers."""
    kernel = (
        weight if isinstance(weight, sc.Kernel) else sc.Kernel.from_weight(weight, case["groups"])
    )
    extra = case["output_padding"]
    if any(a >= max(s, d) for a, s, d in zip(extra, case["stride"], case["dilation"], strict=True)):
        # Beyond what output_padding may be; cropping less at the end says the same.
        case = case | {"output_padding": [0] * len(extra)}
        case["pads_end"] = [p - a for p, a in zip(case["pads_end"], extra, strict=True)]
    padding = list(zip(case["pads_begin"], case["pads_end"], strict=True))
    geometry = {"stride": case["stride"], "padding": padding, "dilation": case["dilation"]}
    op = case["op"]
    if op in ("conv_transpose", "conv_transpose_matrix"):
        size = (case.get("input_shape") or case["x"]["shape"][1:])[1:]
        return sc.conv_transpose(kernel, size, output_padding=case["output_padding"], **geometry)
    if op == "conv_adjoint":
        size = case["output_shape"]
    else:
        size = (case.get("input_shape") or case["x"]["shape"][1:])[1:]
    C = sc.conv(
        kernel,
        size,
        input_dilation=case.get("input_dilation") or 1,
        padding_mode=case["padding_mode"],
        **geometry,
    )
    return C.T if op == "conv_adjoint" else C


def symbols_for(case):
    """A symbolic kernel of the weight's shape."""
    out, per_group, *size = case["w"]["shape"]
    return sc.Kernel.symbolic("w", size, per_group * case["groups"], out, case["groups"])
