"""A network with branches, for images of any size.

Grey layers are not linear; channels and pixels stand after each.
"""

import sympy as sp

import symconv as sc

n = sp.Symbol("n")
three = {"kernel_size": 3, "padding": 1}
block = {"sum": [[three, "relu", three], []]}
split = {"sum": [[{**three, "stride": 2}], [{"kernel_size": 1, "stride": 2}]]}
figure = sc.draw(sc.stack([three, block, "relu", split], (n, n)))
