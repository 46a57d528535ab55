"""The named kernels, written once, as ``symconv/__init__.pyi`` has the public names."""

from .named import binomial as binomial
from .named import box as box
from .named import delta as delta
from .named import gaussian as gaussian
from .named import laplacian as laplacian
from .named import prewitt as prewitt
from .named import scharr as scharr
from .named import sobel as sobel
from .wavelet_filters import daubechies as daubechies
from .wavelet_filters import haar as haar
