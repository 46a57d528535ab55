"""The matrix of a convolution.

One colour a tap: the kernel slides one pixel right from row to row.
"""

import symconv as sc

C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (5, 5))
figure = sc.draw(C)
