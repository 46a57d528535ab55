"""A film of a transposed convolution.

Every pixel of the small image leaves its stamp on the large one.
"""

import symconv as sc

film = sc.animate(sc.conv_transpose(sc.Kernel.symbolic("k", (3, 3)), (2, 2), stride=2))
