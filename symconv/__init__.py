"""Symbolic mathematics of convolution and transposed convolution."""

import lazy_loader

__version__ = "0.1.0"

# Each name is imported when it is first used, so that importing is instant.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
