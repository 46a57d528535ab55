"""A film of a convolution.

It plays in browsers as an SVG; `film.save("conv.gif")` writes it for anywhere else.
"""

import symconv as sc

film = sc.animate(sc.conv(sc.Kernel.arange((3, 3)), (5, 5), stride=2, padding=1))
