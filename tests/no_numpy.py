"""A plugin of pytest, ``-p no_numpy``: importing NumPy fails, as in a browser."""

import sys

MISSING = ("numpy", "scipy", "matplotlib")


class Refusing:
    """A finder that knows these libraries and has none of them."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Refusing())
