"""A product with the transpose.

One colour for each value of CᵀC: equal along diagonals inside, other values at the border.
"""

import symconv as sc

C = sc.conv(sc.Kernel.symbolic("k", 3), 12, padding=1)
figure = sc.draw(C.T @ C, "entry")
