"""One window at work.

A window of the image, its dot product with the kernel, and the row of the matrix that it is.
"""

import symconv as sc

C = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
figure = sc.draw_window(C, (0, 1))
