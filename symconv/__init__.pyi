"""The public names, written once: type checkers read them here, ``__init__.py`` loads from here."""

from . import testing as testing
from .analysis.checkerboard import checkerboard as checkerboard
from .analysis.conditioning import conditioning as conditioning
from .analysis.derivation import derive_gram as derive_gram
from .analysis.determinants import determinant as determinant
