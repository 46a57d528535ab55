"""The shape of the code: imports go strictly downwards, and nobody imports the root."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "symconv"
LAYERS = [
    {
        "display",
        "errors",
        "matrix_expression",
        "palette",
        "spans",
        "symbol_latex",
        "tex_commands",
        "text_palette",
    },
    {
        "affine",
        "canvas",
        "coefficients",
        "files",
        "formulas",
        "latex_options",
        "lattices",
        "scene",
        "typeset",
    },
    {"animated_svg", "diagonal", "kernel", "player"},
    {"conditions", "geometry", "normal_form", "origins", "wavelets"},
    {"explicit", "kernel_text", "letters", "terms"},
    {"index_latex", "kernel_letter"},
    {"autocorrelation", "equations"},
    {"entry_formula"},
    {"closed_form_latex"},
    {"closed_form"},
    {"operator"},
    {
        "derivation_latex",
        "differing",
        "elided_latex",
        "evaluation",
        "machine_formats",
        "matrix_picture",
        "norms",
        "rank",
        "row_sums",
        "terminal",
    },
    {"lowering", "sparse", "split", "verification"},
    {"leaves"},
    {
        "convolution",
        "derivation",
        "gram_names",
        "kernel_rows",
        "kron_latex",
        "layouts",
        "leaf_products",
        "tap_colours",
    },
    {
        "block_form",
        "catalogue_sizes",
        "checkerboard",
        "jax_convention",
        "leaf_names",
        "marks",
        "onnx_convention",
        "orthogonal_layer",
        "resampling",
        "scipy_convention",
        "tensorflow_convention",
        "torch_convention",
        "windows",
    },
    {
        "block_latex",
        "catalogue_equivalences",
        "catalogue_products",
        "catalogue_transposes",
        "comparison",
        "drawing",
        "frames",
        "kron_sum_latex",
        "orthogonality",
        "testing",
    },
    {"catalogue_inverses", "explanation", "line_latex", "regulariser", "wording"},
    {"checkerboard_picture", "latex", "panels", "receptive_field", "statements"},
    {"document", "example", "handover", "stage"},
    {"cli", "paints"},
    {"storyboard"},
    {"animation", "exploration", "gather"},
    {"explore"},
]
LAYER = {module: level for level, modules in enumerate(LAYERS) for module in modules}
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")


def imports(source: str) -> list[ast.Import | ast.ImportFrom]:
    return [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import | ast.ImportFrom)]


def imported_modules(source: str) -> set[str]:
    """Modules of symconv that a file imports; "" is the root."""
    names = set()
    for node in imports(source):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif node.module == "symconv":
            names |= {f"symconv.{a.name}" if a.name in LAYER else "symconv" for a in node.names}
        else:
            names.add(node.module)
    ours = {name for name in names if name.partition(".")[0] == "symconv"}
    return {name.partition(".")[2] for name in ours}


def test_every_module_has_a_layer():
    assert sorted(LAYER) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module):
    imported = imported_modules((PACKAGE / f"{module}.py").read_text())
    assert "" not in imported, "imports the root"
    assert all(LAYER[other] < LAYER[module] for other in imported), imported


@pytest.mark.parametrize("module", [m for m in MODULES if m != "cli"])
def test_no_import_hides_in_a_function(module):
    tree = ast.parse((PACKAGE / f"{module}.py").read_text())
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    assert not [ast.unparse(f) for f in functions if imported_modules(ast.unparse(f))]


def test_the_check_sees_an_import_of_the_root():
    assert imported_modules("from symconv import conv") == {""}
    assert imported_modules("import symconv") == {""}
    assert imported_modules("from symconv import kernel") == {"kernel"}


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_symconv_loads_nothing_heavy():
    assert not loaded_after("import symconv") & {
        "sympy",
        "numpy",
        "scipy",
        "typer",
        "rich",
        "matplotlib",
        "PIL",
    }


def test_symbolic_work_needs_sympy_alone():
    statement = (
        "import symconv as sc\n"
        "C = sc.conv(sc.Kernel.symbolic('k', (3, 3)), (4, 4))\n"
        "(C @ C.T).as_explicit(); C.T @ C == C.T @ C; sc.latex(C); C @ ([[1] * 4] * 4)"
    )
    assert not loaded_after(statement) & {"numpy", "scipy"}


def test_a_function_hides_the_module_of_its_name():
    code = "import symconv.latex, symconv as sc; print(callable(sc.latex), *sc.__all__)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("True Kernel Operator")
