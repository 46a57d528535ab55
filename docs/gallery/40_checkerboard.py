"""A checkerboard.

What a transposed convolution makes of a flat image, phase by phase and at the border.
"""

import symconv as sc

T = sc.conv_transpose(sc.Kernel.arange((3, 3)), (5, 5), stride=2)
figure = sc.draw_checkerboard(T)
