"""Checks for your own test suite: exact equality, adjointness, and code of your own."""

from symconv.testing.exact import assert_adjoint as assert_adjoint
from symconv.testing.exact import assert_lowering as assert_lowering
from symconv.testing.exact import assert_same as assert_same
from symconv.testing.layers import assert_layer as assert_layer
