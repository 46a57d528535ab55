"""Singular values, and their limit for large images."""

import symconv as sc

figure = sc.draw_spectrum(sc.conv([1, 3, 1], 60))
