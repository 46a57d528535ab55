"""The shape of the code: imports go strictly downwards, and nobody imports the root."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "symconv"
LAYERS = [
    {
        "coefficients",
        "errors",
        "matrix_expression",
        "palette",
        "spans",
        "symbol_latex",
        "text_palette",
    },
    {
        "affine",
        "canvas",
        "display",
        "files",
        "formulas",
        "index_latex",
        "lattices",
        "scene",
        "typeset",
    },
    {"animated_svg", "closed_form_latex", "diagonal", "equations", "kernel", "player"},
    {"conditions", "geometry", "kernel_letter", "normal_form", "origins", "wavelets"},
    {"autocorrelation", "closed_form", "explicit", "kernel_text", "terms"},
    {"operator"},
    {
        "elided_latex",
        "evaluation",
        "matrix_picture",
        "norms",
        "rank",
        "row_sums",
        "terminal",
        "verification",
    },
    {"lowering", "sparse", "split"},
    {"leaves"},
    {
        "convolution",
        "derivation",
        "entry_latex",
        "gram_names",
        "kernel_rows",
        "kron_latex",
        "layouts",
        "tap_colours",
    },
    {
        "block_form",
        "catalogue_sizes",
        "checkerboard",
        "jax_convention",
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
        "orthogonality",
        "testing",
    },
    {"catalogue_inverses", "explanation", "latex", "regulariser", "wording"},
    {
        "checkerboard_picture",
        "document",
        "example",
        "handover",
        "panels",
        "receptive_field",
        "statements",
    },
    {"cli", "stage"},
    {"paints"},
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
