"""The shape of the code: imports go strictly downwards, and nobody imports the root."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

PACKAGE = Path(__file__).parents[1] / "symconv"


def functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def imports_symconv(function: ast.FunctionDef) -> bool:
    nodes = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
    names = [n.module if isinstance(n, ast.ImportFrom) else n.names[0].name for n in nodes]
    return any(name.partition(".")[0] == "symconv" for name in names)


MODULES = sorted(PACKAGE.rglob("*.py"))
# So that --help is instant.
LATE = {f"symconv/cli/{name}.py" for name in ("atlas_commands", "commands", "options")}


def test_the_order_of_the_folders_holds():
    kept = lint_imports(config_filename=str(PACKAGE.parent / "pyproject.toml"))
    assert kept == EXIT_STATUS_SUCCESS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE.parent)))
def test_no_import_hides_in_a_function(path):
    late = [f.name for f in functions(path) if imports_symconv(f)]
    assert not late or str(path.relative_to(PACKAGE.parent)) in LATE, late


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


def test_operators_know_no_latex():
    loaded = loaded_after("import symconv.operators.operator, symconv.operators.convolution")
    assert not {
        name for name in loaded if name.startswith(("symconv.printing", "symconv.typesetting"))
    }


def test_symbolic_work_needs_sympy_alone():
    statement = (
        "import symconv as sc\n"
        "C = sc.conv(sc.Kernel.symbolic('k', (3, 3)), (4, 4))\n"
        "(C @ C.T).as_explicit(); C.T @ C == C.T @ C; sc.latex(C); C @ ([[1] * 4] * 4)"
    )
    assert not loaded_after(statement) & {"numpy", "scipy"}
