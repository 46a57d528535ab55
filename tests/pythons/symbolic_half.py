"""Every public name, the playground's page and the examples of the algebra, without NumPy."""

import doctest
import sys
from importlib import import_module
from pkgutil import iter_modules

import symconv as sc
from symconv import playground

FOLDERS = ("algebra", "operators", "typesetting", "kernels", "recognition", "printing")
# Examples with arrays of numbers, or pictures that matplotlib draws.
NUMBERS = (
    "symconv.operators.closed_form.ClosedForm.values",
    "symconv.operators.exact_input.parse_weight",
    "symconv.typesetting.style.Style",
)
# There are no processes in a browser.
PROCESSES = ("sweep",)

names = [name for name in sc.__all__ if name not in PROCESSES and getattr(sc, name)]
for title in playground.titles():
    assert "alert" not in playground.section(title, "kernel=1,2&product=CCt"), title
tried = failed = 0
for folder in FOLDERS:
    package = import_module(f"symconv.{folder}")
    for found in iter_modules(package.__path__, f"symconv.{folder}."):
        for test in doctest.DocTestFinder().find(import_module(found.name)):
            if test.name not in NUMBERS:
                result = doctest.DocTestRunner().run(test)
                tried, failed = tried + result.attempted, failed + result.failed
version = ".".join(map(str, sys.version_info[:2]))
print(f"Python {version}: {len(names)} names, {tried} examples, {failed} failed")
