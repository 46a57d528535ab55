"""Kernels as algebra, and the kernels that the field has names for.

>>> import symconv as sc
>>> sc.kernels.sobel()
Kernel([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
