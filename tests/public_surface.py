"""Every public function and method with one call that works, so that tests can vary each argument.

A public name or method without such a call is an error here: new ones come under the same tests.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

import symconv as sc
from symconv.frameworks import jax, onnx, tensorflow, torch

n, a, b, c = sp.symbols("n a b c")
W = sp.IndexedBase("w")

NOTATION = ("notation", "name", "transpose", "index_from", "taps", "shape")
LATEX = [*sorted(LatexPrinter._default_settings), *NOTATION]
GEOMETRY = ("padding", "dilation", "input_dilation", "padding_mode")
CONTROLS = (
    "axes", "transposed", "symbolic", "kernel_size", "size", "stride", "padding", "dilation",
    "output_padding", "padding_mode", "step",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A call that works, and the names of further keyword arguments that may be tried."""

    name: str
    function: Callable[..., Any]
    arguments: dict[str, Any]
    further: tuple[str, ...] = ()

    @property
    def parameters(self) -> list[str]:
        """The names of all parameters; "*name" for any number of positional ones."""
        found = []
        for parameter in inspect.signature(self.function).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                found += self.further
            else:
                star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
                found.append(star + parameter.name)
        return found

    def __call__(self, **changed: Any) -> Any:
        """The call with some arguments changed."""
        given = self.arguments | changed
        starred = [name for name in given if name.startswith("*")]
        leading = [
            given.pop(p.name)
            for p in inspect.signature(self.function).parameters.values()
            if p.name in given and (p.kind is p.POSITIONAL_ONLY or (starred and p.kind < 2))
        ]
        return self.function(*leading, *(given.pop(name) for name in starred), **given)


@cache
def objects() -> dict[str, Any]:
    """One object of every kind that the public functions give."""
    K = sc.Kernel([a, b])
    C = sc.conv(K, 4)
    G = sc.conv(K, n)
    rows = sc.orthogonality(C)
    derivation = sc.derive_gram(C)
    explanation = sc.explain(C)
    checked = sc.check_regulariser([0], sc.conv(sc.Kernel.symbolic("k", 2), 4))
    haar = sc.orthogonality(sc.conv(sc.Kernel.symbolic("w", 2), 4, stride=2))
    form = (G @ G.T).closed_form()
    plane = sc.conv([[a * b, a], [b, 1]], (n, n))
    ring = sc.conv(K, 3, padding=((0, 1),), padding_mode="circular")
    stacked = sc.stack([{"kernel": K}, "relu", {"max_pool": 2}], (n,))
    return {
        "AffineMap": sc.affine(C, [1]),
        "AffineMap of a ring": sc.affine(ring, [1]),
        "Stack": stacked,
        "Stack of operators": sc.stack([C, sc.conv([1, 2], 3)]),
        "ReceptiveField": stacked.receptive_field[0],
        "RepeatedField": stacked.repeated(c)[0],
        "Admissible": stacked.admissible[n],
        "Kernel": K,
        "Operator": C,
        "Operator of any size": G,
        "circulant Operator": ring,
        "Determinant": sc.determinant(G @ G.T),
        "NullSpace": sc.nullspace(C),
        "ColumnSpace": sc.columnspace(C),
        "Rank": sc.rank(C),
        "Conditioning": sc.conditioning(sc.conv([1, 2], n)),
        "Diagonalisation": sc.diagonalise(ring),
        "Spectrum": sc.eigenvalues(ring),
        "Spectrum of a band": sc.eigenvalues(sc.conv([1, 5, 1], 4, padding=1)),
        "SpectralLimit": sc.spectral_limit(sc.conv([1, 2], n)),
        "Lipschitz": sc.lipschitz(sc.conv([1, 2], 4)),
        "SelfConvolution": sc.SelfConvolution(padding=1),
        "GeneratingFunction": sc.symbol(C, c),
        "Recognition": sc.recognise(C),
        "Identification": sc.identify_kernel(sc.conv([1, 1], 4), [1, 2, 0, 1], [8, 4, 3]),
        "Inverse": sc.inverse(ring),
        "Inverse of any size": sc.inverse(G @ G.T),
        "Inverse of numbers": sc.inverse(sc.conv([1, 5, 1], 4, padding=1)),
        "Inverse of a plane": sc.inverse(plane @ plane.T),
        "PseudoInverse": sc.pseudo_inverse(C),
        "PseudoInverse of any size": sc.pseudo_inverse(G),
        "Deconvolution": sc.deconvolve(sc.conv([1, 2], 3), [5, 8]),
        "Decay": sc.decay_rate(sc.conv([1, 5, 1], n)),
        "Fusion": sc.fuse(sc.conv([1, 2], n), sc.conv([1, 3], n - 1)),
        "ClosedForm": form,
        "Line": next(iter(form))[0],
        "Box": next(iter(form))[1],
        "Separability": K.separable(),
        "Split": (G @ G.T).split(),
        "Orthogonality": rows,
        "Solutions": haar.solve(),
        "Existence": haar.existence(),
        "Loss": haar.loss(),
        "Checkerboard": sc.checkerboard(C),
        "Derivation": derivation,
        "Step": derivation[0],
        "Explanation": explanation,
        "ProductReport": explanation.rows,
        "Entry": explanation.rows.diagonal,
        "RegulariserCheck": checked,
        "Comparison": sc.compare_conventions(C, C),
        "Autocorrelation": sc.autocorrelation(K),
        "Statement": sc.statement("valid-toeplitz"),
        "Catalogue": sc.statements(),
        "Verification": sc.verify("valid-toeplitz", {"n": 5, "k": 3, "s": 1, "d": 1}),
    }


def window(x: Any) -> Any:
    """The layer of [1, 2], in code of one's own."""
    return x[:, :, :-1] + 2 * x[:, :, 1:]


def size_of(a: int) -> dict[str, int]:
    """A cell of a sweep."""
    return {"size": a}


def functions(folder: Path) -> dict[str, tuple[dict[str, Any], tuple[str, ...]]]:
    """Public name to arguments that work, and the keywords that its ``**`` takes."""
    K, C = objects()["Kernel"], objects()["Operator"]
    T, numbers = C.T, {"values": {a: 1, b: 2}}
    plain = sc.conv(sc.Kernel.symbolic("k", 2), 4)
    ring = objects()["circulant Operator"]
    circle = sc.conv([1, 2], n, padding=((0, 1),), padding_mode="circular")
    picture = sc.conv([1, 2], 3)
    image = {"size": 4, "channels": 1}
    layer = {"layer": "Conv1d", "size": 4, "kernel_size": 2}
    valid = {"n": 5, "k": 3, "s": 1, "d": 1}
    statistics = {"gamma": [3], "beta": [1], "mean": [2], "variance": [3], "eps": 1}
    file = {"obj": picture, "path": folder / "C.tex"}
    return {
        "Kernel": ({"array": [a, b]}, ()),
        "SelfConvolution": ({"padding": 1}, ()),
        "affine": ({"operator": C, "bias": [1]}, ()),
        "adaptive_avg_pool": ({**image, "output_size": 3}, ()),
        "affine_from_onnx": ({"node": "Conv", "size": 4, "kernel_shape": [2]}, onnx.TRANSPOSED),
        "affine_from_tensorflow": (
            {"layer": "Conv1D", "size": 4, "kernel_size": 2}, tensorflow.ARGUMENTS,
        ),
        "affine_from_torch": (layer, torch.ARGUMENTS),
        "batch_norm": ({"size": 4, **statistics}, ()),
        "constant_pad": ({**image, "padding": 1, "value": 2}, ()),
        "fold_batch_norm": ({"before": C, **statistics}, ()),
        "animate": ({"operator": picture, "path": folder / "C.svg"}, ()),
        "autocorrelation": ({"kernel": K}, ()),
        "avg_pool": ({**image, "kernel_size": 2}, ()),
        "channel_shuffle": ({"size": 4, "groups": 2, "channels": 4}, ()),
        "check_regulariser": ({"penalty": [0], "operator": plain}, ()),
        "checkerboard": ({"operator": T}, ()),
        "compare_conventions": ({"a": C, "b": C}, ()),
        "conv": ({"kernel": K, "size": 4}, ()),
        "conv_entry": ({"w": W, "row": 0, "col": 1, "k": 2}, ()),
        "conv_transpose": ({"kernel": K, "size": 3}, ()),
        "crop": ({**image, "cropping": 1}, ()),
        "derive_gram": ({"operator": C}, ()),
        "draw": ({"operator": picture}, ()),
        "draw_checkerboard": ({"operator": picture.T}, ()),
        "draw_receptive_field": ({"layers": [picture]}, ()),
        "draw_scatter": ({"operator": picture.T, "index": 0}, ()),
        "draw_spectrum": ({"operator": picture}, ()),
        "draw_symbol": ({"operator": picture}, ()),
        "draw_window": ({"operator": picture, "index": 0}, ()),
        "explain": ({"operator": C}, ()),
        "explore": ({"axes": 1}, CONTROLS),
        "flip": (image, ()),
        "fuse": ({"*operators": C}, ()),
        "from_jax": (
            {"function": "conv_general_dilated", "size": 4, "kernel_size": 2},
            (*jax.GENERAL, *jax.TRANSPOSE),
        ),
        "from_matlab": ({"function": "convmtx2", "size": (2, 1), "kernel": [[a, b]]}, ()),
        "from_onnx": ({"node": "Conv", "size": 4, "kernel_shape": [2]}, onnx.TRANSPOSED),
        "from_pylops": ({"function": "Convolve1D", "size": 4, "kernel": [a, b]}, ()),
        "from_scipy": ({"function": "convolve", "size": 4, "kernel": [a, b]}, ()),
        "from_tensorflow": (
            {"layer": "Conv1D", "size": 4, "kernel_size": 2}, tensorflow.ARGUMENTS,
        ),
        "from_torch": (layer, torch.ARGUMENTS),
        "gram_entry": ({"w": W, "row": 0, "col": 1, "n": 5, "k": 2}, ()),
        "identity": ({"size": 4}, ()),
        "latex": ({"obj": C}, LATEX),
        "Notation": (
            {"name": "W", "transpose": "top", "index_from": 1, "taps": "centred", "shape": True},
            (),
        ),
        "Style": ({"theme": "dark", "words": "de"}, ()),
        "limits": ({"entries": 10}, ()),
        "orthogonality": ({"operator": C}, ()),
        "output_size": ({"n": 5, "k": 2}, ()),
        "pad": ({**image, "padding": 1}, ()),
        "pixel_shuffle": ({**image, "factor": 2}, ()),
        "pixel_unshuffle": ({**image, "factor": 2}, ()),
        "residue_cases": ({"kernel": K, "size": n, "stride": 2}, GEOMETRY),
        "shift": ({**image, "offset": 1}, ()),
        "stack": ({"layers": [{"kernel": K, "bias": [1]}, "relu"], "size": 4, "channels": 1}, ()),
        "stack of arguments": ({"layers": [C]}, ()),
        "squared_norm": ({"operator": C}, ()),
        "apply_function": ({"operator": ring, "function": sp.expand}, ()),
        "columnspace": ({"operator": C}, ()),
        "conditioning": ({"operator": picture}, ()),
        "decay_rate": ({"operator": sc.conv([1, 5, 1], n)}, ()),
        "deconvolve": ({"operator": picture, "y": [5, 8]}, ()),
        "deconvolve numbers": ({"operator": picture, "y": [5.0, 8.0]}, ()),
        "determinant": ({"operator": ring}, ()),
        "diagonalise": ({"operator": ring}, ()),
        "eigenvalues": ({"operator": ring}, ()),
        "inverse": ({"operator": ring}, ()),
        "lipschitz": ({"operator": C}, ()),
        "by_kernel": ({"operator": plain, "image": [1, 2, 3, 4]}, ()),
        "fold": ({**image, "kernel_size": 2}, ()),
        "identify_kernel": (
            {"operator": plain, "image": [1, 2, 0, 1], "output": [8, 4, 3]}, (),
        ),
        "interpolate": ({**image, "output_size": 3}, ()),
        "kernel_gradient": ({"operator": plain, "gradient": [1, 2, 3]}, ()),
        "unfold": ({**image, "kernel_size": 2}, ()),
        "nullspace": ({"operator": C}, ()),
        "polyphase": ({"kernel": K, "stride": 2}, ()),
        "pseudo_inverse": ({"operator": C}, ()),
        "rank": ({"operator": C}, ()),
        "trace": ({"operator": ring}, ()),
        "wiener_filter": ({"operator": circle}, ()),
        "recognise": ({"operator": C}, ()),
        "singular_values": ({"operator": ring}, ()),
        "spectral_limit": ({"operator": picture}, ()),
        "sweep": (
            {"function": size_of, "grid": {"a": [1, 2]}, "path": folder / "sweep", "executor": 1},
            (),
        ),
        "symbol": ({"operator": C, "*angles": c}, ()),
        "statement": ({"key": "adjoint"}, ()),
        "statements": ({}, ()),
        "sum_pool": ({**image, "kernel_size": 2}, ()),
        "to_code": ({"operator": C, "framework": "torch"}, ()),
        "to_document": (file, LATEX),
        "to_jax": ({"operator": C, **numbers}, ()),
        "to_jax_kwargs": ({"operator": C}, ()),
        "to_latex_macros": ({"obj": C, "prefix": "gram"}, LATEX),
        "to_function": ({"operator": C}, ()),
        "to_keras": ({"operator": C, **numbers}, ()),
        "to_linear_operator": ({"operator": C, **numbers}, ()),
        "to_markdown": ({"obj": C}, LATEX),
        "to_mathematica": ({"obj": C}, ()),
        "to_matlab": ({"obj": C}, ()),
        "to_numpy": ({"operator": C, **numbers}, ()),
        "to_onnx": ({"operator": C, **numbers}, ()),
        "to_onnx_attributes": ({"operator": C}, ()),
        "to_pdf": ({**file, "path": folder / "C.pdf"}, LATEX),
        "to_scipy": ({"operator": C, **numbers}, ()),
        "to_source": ({"operator": C, "path": folder / "C.py"}, ()),
        "to_tensorflow_kwargs": ({"operator": C}, ()),
        "to_torch": ({"operator": C, **numbers}, ()),
        "to_torch_kwargs": ({"operator": C}, ()),
        "to_weight": ({"operator": C, "layout": "torch", **numbers}, ()),
        "transposed_output_size": ({"n": 5, "k": 2}, ()),
        "upsample_linear": ({**image, "factor": 2}, ()),
        "upsample_nearest": ({**image, "factor": 2}, ()),
        "vanishing_moments": ({"kernel": K, "count": 2}, ()),
        "verify": ({"of": "valid-toeplitz", "parameters": valid}, ()),
        "zero_insertion": ({**image, "factor": 2}, ()),
        "kernels.binomial": ({"size": 3}, ()),
        "kernels.box": ({"size": 3}, ()),
        "kernels.daubechies": ({"moments": 2}, ()),
        "kernels.delta": ({"size": 3}, ()),
        "kernels.gaussian": ({"size": 3}, ()),
        "kernels.haar": ({}, ()),
        "kernels.laplacian": ({}, ()),
        "kernels.prewitt": ({}, ()),
        "kernels.scharr": ({}, ()),
        "kernels.sobel": ({}, ()),
        "testing.assert_adjoint": ({"operator": picture}, ()),
        "testing.assert_layer": ({"function": window, "operator": picture}, ()),
        "testing.assert_lowering": ({"operator": C, **numbers}, ()),
        "testing.assert_same": ({"a": picture, "b": picture}, ()),
    }  # fmt: skip


# Classes that users annotate and catch, made by the functions, and a module.
NOT_CALLED = {
    "SymconvError",
    "AffineMap",
    "Operator",
    "ReceptiveField",
    "Stack",
    "Recognition",
    "Fusion",
    "kernels",
    "testing",
}
# Methods that need arguments, by class; those without are called as they are.
METHODS: dict[str, dict[str, dict[str, Any]]] = {
    "Stack": {
        "at": {"values": {n: 5}},
        "at_point": {"image": [1, 2, 3]},
        "repeated": {"times": 3},
    },
    "RepeatedField": {"repeats": {"times": 3}},
    "ReceptiveField": {"pixels": {"output": 0}},
    "Admissible": {"__contains__": {"size": 5}},
    "AffineMap": {
        "subs": {"*args": {a: 1}},
        "at": {"values": {n: 5}},
        "bias": {"pixel": 0},
        "inverse_image": {"image": [1, 2, 3]},
        "__call__": {"image": [1, 2, 3, 4]},
        "__mul__": {"scalar": 2},
        "__eq__": {"other": None},
    },
    "Kernel": {
        "symbolic": {"name": "k", "size": 2},
        "arange": {"size": 2},
        "from_weight": {"weight": [[[a, b]]]},
        "subs": {"*args": {a: 1}},
        "map": {"function": sp.expand},
        "outer": {"*factors": [a, b]},
        "convolve": {"other": [a, b]},
        "__getitem__": {"index": 0},
    },
    "Operator": {
        "subs": {"*args": {a: 1}},
        "diff": {"symbol": a},
        "at": {"values": {n: 5}},
        "entry": {"row": 0, "col": 0},
        "__getitem__": {"index": (0, 0)},
        "__matmul__": {"other": [1, 2, 3, 4]},
        "__mul__": {"scalar": 2},
        "__rmul__": {"scalar": 2},
        "__truediv__": {"scalar": 2},
        "__eq__": {"other": None},
    },
    "ClosedForm": {
        "at": {"values": {n: 5}},
        "subs": {"*args": {a: 1}},
        "entry": {"row": 0, "col": 0},
        "values": {"values": {a: [1, 2], b: 3}},
    },
    "Orthogonality": {"where": {"*conditions": a}, "holds": {"values": {a: 1, b: 2}}},
    "Checkerboard": {"holds": {"values": {a: 1, b: 2}}},
    "Autocorrelation": {"__getitem__": {"lag": 0}, "symbol": {"lag": (0,)}},
    "Derivation": {"__getitem__": {"index": 0}},
    "Catalogue": {"__getitem__": {"index": 0}},
    "Determinant": {
        "at": {"sizes": {n: 5}},
        "log_magnitude": {"sizes": {n: 5}},
        "modulo": {"prime": 101, "sizes": {n: 5}},
    },
    "NullSpace": {"at": {"sizes": {}}, "contains": {"image": [1, 2, 3, 4]}},
    "ColumnSpace": {"contains": {"image": [1, 2, 3]}},
    "Rank": {"at": {"sizes": {}}},
    "Inverse": {
        "at": {"sizes": {n: 5}},
        "entry": {"row": 0, "col": 0},
        "__getitem__": {"index": (0, 0)},
    },
    "PseudoInverse": {
        "at": {"sizes": {n: 5}},
        "entry": {"row": 0, "col": 0},
        "__getitem__": {"index": (0, 0)},
    },
    "Diagonalisation": {
        "entry": {"row": 0, "col": 0},
        "inverse": {"*pixel": 0},
        "vector": {"*pixel": 0},
        "map": {"function": sp.expand},
    },
    "SelfConvolution": {"lags": {"ndim": 1}, "squared": {"kernel": [a, b]}},
    "Spectrum": {"kth": {"k": 0}, "count_below": {"bound": 1}},
    "SpectralLimit": {
        "extreme": {"j": 1},
        "moment": {"power": 2},
        "numbers": {"count": 4},
    },
    "Lipschitz": {"__getitem__": {"name": "Rayleigh quotient"}},
    "Statement": {"sides": {"n": 5, "k": 3, "s": 1, "d": 1}, "geometries": {"max_size": 4}},
}
# What takes values that the package has made, and says so.
INTERNAL = {"ReceptiveField.after", "ReceptiveField.repeated", "Kernel.build", "Kernel.of_weights", "Split.latex", "NullSpace.latex", "Rank.latex", "ClosedForm.pieces", "ClosedForm.shown",
            "ClosedForm.terms_at", "ClosedForm.far_entry", "Operator.polynomial",
            "Autocorrelation.get", "Catalogue.count", "Catalogue.index"}  # fmt: skip


def calls(folder: Path) -> Iterator[Call]:
    """All of them; files go to the folder."""
    known = functions(folder)
    for name in [
        *sc.__all__,
        *(f"testing.{t}" for t in vars(sc.testing) if t.startswith("assert")),
        *(f"kernels.{name}" for name in sc.kernels.__all__),
    ]:
        if name not in NOT_CALLED:
            module, _, own = name.rpartition(".")
            function = getattr(getattr(sc, module) if module else sc, own)
            assert name in known, f"{name} is public: give a call of it that works"
            for called, (arguments, further) in known.items():
                if called.partition(" ")[0] == name:
                    yield Call(called, function, arguments, further)
    for name, instance in objects().items():
        yield from methods(name, instance)
        if hasattr(instance, "subs"):
            yield Call(f"{name}.subs of two", replaced_in(instance), {"old": a, "new": 1})


def replaced_in(instance: Any) -> Callable[[Any, Any], Any]:
    """``subs`` with two arguments."""
    return lambda old, new: instance.subs(old, new)


def methods(name: str, instance: Any) -> Iterator[Call]:
    """The public methods of an object, and the operators of Python that it has."""
    kind = type(instance).__name__
    for method in dir(type(instance)):
        known = METHODS.get(kind, {}).get(method)
        bound = inspect.getattr_static(type(instance), method)
        public = not method.startswith("_") and isinstance(
            bound, types.FunctionType | classmethod | staticmethod
        )
        if (known is None and not public) or f"{kind}.{method}" in INTERNAL:
            continue
        function = getattr(instance, method)
        parameters = inspect.signature(function).parameters.values()
        if known is None:
            needed = [p.name for p in parameters if p.default is p.empty and p.kind < p.VAR_KEYWORD]
            assert not needed, f"{kind}.{method} needs arguments {needed}: give a call that works"
        yield Call(f"{name}.{method}", function, known or {}, ("simultaneous",))
