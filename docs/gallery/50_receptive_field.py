"""What a pixel sees through three layers.

How often each pixel of the image counts for one pixel of the last layer.
"""

import symconv as sc

k = sc.Kernel.symbolic("k", 3)
layers = [sc.conv(k, 17, stride=2), sc.conv(k, 8), sc.conv(k, 6, stride=2)]
figure = sc.draw_receptive_field(layers)
