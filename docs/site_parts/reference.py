"""The reference: every public name, grouped by subject, with the values that it returns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

# Subject to its file, the names of symconv, and further classes whose values one meets.
SUBJECTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "Layers": (
        "layers",
        "Kernel conv conv_transpose residue_cases identity Operator limits SymconvError",
        ("operators.closed_form.ClosedForm", "operators.boundary_split.Split"),
    ),
    "Other operators": (
        "operators",
        (
            "avg_pool adaptive_avg_pool sum_pool pixel_shuffle pixel_unshuffle channel_shuffle "
            "pad crop flip shift zero_insertion "
            "upsample_nearest upsample_linear interpolate unfold fold"
        ),
        (),
    ),
    "Kernels with names": (
        "kernels",
        (
            "kernels.binomial kernels.box kernels.daubechies kernels.delta kernels.gaussian "
            "kernels.haar kernels.laplacian kernels.prewitt kernels.scharr kernels.sobel"
        ),
        ("kernels.separability.Separability",),
    ),
    "Sizes and entries as formulas": (
        "formulas",
        (
            "output_size transposed_output_size conv_entry gram_entry autocorrelation squared_norm "
            "derive_gram"
        ),
        ("operators.autocorrelation.Autocorrelation", "analysis.derivation.Derivation"),
    ),
    "Orthogonality": (
        "orthogonality",
        "explain orthogonality vanishing_moments check_regulariser SelfConvolution",
        ("analysis.explanation.Explanation", "analysis.orthogonality.Orthogonality"),
    ),
    "Determinants, ranks, inverses": (
        "linear-algebra",
        (
            "determinant rank nullspace columnspace trace inverse pseudo_inverse deconvolve "
            "wiener_filter decay_rate by_kernel identify_kernel kernel_gradient"
        ),
        (
            "determinants.determinants.Determinant",
            "linear_algebra.ranks.Rank",
            "linear_algebra.nullspaces.NullSpace",
            "linear_algebra.nullspaces.ColumnSpace",
            "linear_algebra.inverses.Inverse",
            "linear_algebra.deconvolution.Deconvolution",
        ),
    ),
    "Spectra": (
        "spectra",
        (
            "singular_values eigenvalues diagonalise apply_function symbol polyphase conditioning "
            "lipschitz spectral_limit"
        ),
        ("spectra.spectra.Spectrum", "spectra.diagonalisation.Diagonalisation"),
    ),
    "One layer or many": (
        "stacks",
        (
            "recognise Recognition fuse Fusion stack Stack ReceptiveField affine AffineMap "
            "affine_from_torch affine_from_tensorflow affine_from_onnx "
            "constant_pad batch_norm fold_batch_norm"
        ),
        (),
    ),
    "Frameworks": (
        "frameworks",
        (
            "compare_conventions to_code from_torch to_torch to_torch_kwargs from_tensorflow "
            "to_keras to_tensorflow_kwargs from_jax to_jax to_jax_kwargs from_onnx to_onnx "
            "to_onnx_attributes from_scipy from_matlab from_pylops"
        ),
        ("frameworks.comparison.Comparison",),
    ),
    "Numbers": (
        "numbers",
        "to_numpy to_weight to_scipy to_linear_operator to_function to_source",
        (),
    ),
    "LaTeX and other languages": (
        "latex",
        "latex Notation to_document to_pdf to_markdown to_latex_macros to_mathematica to_matlab",
        (),
    ),
    "Pictures, films, the explorer": (
        "pictures",
        (
            "draw draw_window draw_scatter draw_checkerboard draw_receptive_field draw_symbol "
            "draw_spectrum Style animate checkerboard explore"
        ),
        ("plotting.animation.Film", "analysis.checkerboard.Checkerboard"),
    ),
    "Statements": (
        "statements",
        "statements statement verify",
        ("catalogue.statement.Statement", "catalogue.statement.Verification"),
    ),
    "Sweeps over many geometries": ("sweeps", "sweep", ("sweeps.sweep.Sweep",)),
    "Tests of your own": (
        "testing",
        "testing.assert_layer testing.assert_same testing.assert_adjoint testing.assert_lowering",
        (),
    ),
}


def names() -> list[str]:
    """Every name that the reference has, as users write it after ``sc.``."""
    return [name for _, names, _ in SUBJECTS.values() for name in names.split()]


def write(folder: Path) -> None:
    """One page a subject, and one that lists them."""
    folder.mkdir(parents=True, exist_ok=True)
    for title, (file, listed, values) in SUBJECTS.items():
        parts = [f"{title}\n{'=' * len(title)}\n", *map(_documented, listed.split())]
        if values:
            parts.append("What they return\n----------------\n")
            parts += map(_documented, values)
        (folder / f"{file}.rst").write_text("\n".join(parts))
    files = "\n".join(f"   {file}" for file, _, _ in SUBJECTS.values())
    heading = "Reference\n=========\n\nEvery public name, by subject; ``import symconv as sc``.\n"
    (folder / "index.rst").write_text(f"{heading}\n.. toctree::\n\n{files}\n")


def _documented(name: str) -> str:
    if name.rpartition(".")[2][0].isupper():
        return f".. autoclass:: symconv.{name}\n   :members:\n"
    return f".. autofunction:: symconv.{name}\n"


LITERAL = re.compile(r"(``.*?``)")


def plain(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text: a star is a product or a splat, and bars are a norm."""
    example = False
    for number, line in enumerate(lines):
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        if not example:
            parts = LITERAL.split(line)
            parts[::2] = [re.sub(r"([*|])", r"\\\1", part) for part in parts[::2]]
            lines[number] = "".join(parts)
