"""One pixel spread by a transposed convolution.

The stamp that a pixel leaves is a column of the matrix; where stamps overlap, they add up.
"""

import symconv as sc

T = sc.conv_transpose(sc.Kernel.symbolic("k", (3, 3)), (2, 2), stride=2)
figure = sc.draw_scatter(T, 3)
