"""What a blur does to each frequency.

The absolute value of the generating function: where it is zero, the blur loses what it touches.
"""

import symconv as sc

figure = sc.draw_symbol(sc.conv(sc.kernels.binomial((3, 3)), (16, 16), padding=1))
