"""Two convolutions as one: the kernel of both against the product of their matrices."""

from random import Random

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import BudgetError, GeometryError, KernelError

n, m = sp.symbols("n m")


@pytest.mark.parametrize("seed", range(40))
def test_the_kernel_of_both_is_the_product(seed):
    random = Random(seed)
    axes = random.choice((1, 1, 2))
    groups = random.choice((1, 1, 2))
    c, d, e = (groups * random.randint(1, 2) for _ in range(3))
    K = sc.Kernel.symbolic("k", [random.randint(1, 3) for _ in range(axes)], c, d, groups)
    L = sc.Kernel.symbolic("l", [random.randint(1, 3) for _ in range(axes)], d, e)
    s = [random.randint(1, 3) for _ in range(axes)]
    t = [random.randint(1, 2) for _ in range(axes)]
    size = [random.randint(8, 10) for _ in range(axes)]
    first = sc.conv(K, size, stride=s)
    both = sc.conv(K.convolve(L, stride=s), size, stride=[a * b for a, b in zip(s, t, strict=True)])
    assert sc.conv(L, first.output_size, stride=t) @ first == both


def test_for_every_size_and_as_fuse_has_it():
    K, L = sc.Kernel.symbolic("k", (3, 2)), sc.Kernel.symbolic("l", (2, 3))
    first = sc.conv(K, (2 * n, 2 * m), stride=2)
    second = sc.conv(L, first.output_size)
    assert second @ first == sc.conv(K.convolve(L, stride=2), (2 * n, 2 * m), stride=2)
    fused = sc.fuse(first, second)
    assert fused.is_exact
    assert fused.layer.kernel == K.convolve(L, stride=2)


def test_at_stride_one_it_is_the_convolution_of_signals():
    a, b = np.array([1, -2, 3]), np.array([4, 5, -6, 7])
    assert sc.Kernel(a).convolve(b).tolist() == np.convolve(a, b).tolist()
    assert sc.Kernel(a).convolve(b) == sc.Kernel(b).convolve(a)
    assert sc.Kernel(a).convolve(b, stride=2) != sc.Kernel(b).convolve(a, stride=2)


def test_dilation_of_the_second_is_a_stuffed_kernel():
    K, L = sc.Kernel.symbolic("k", 2), sc.Kernel.symbolic("l", 2)
    first = sc.conv(K, n)
    whole = sc.conv(L, first.output_size, dilation=3) @ first
    stuffed = sc.Kernel([L[0], 0, 0, L[1]])
    assert whole == sc.conv(K.convolve(stuffed), n)


def test_groups_are_as_many_as_do_not_mix():
    K = sc.Kernel.symbolic("k", 2, 4, 4, groups=4)
    assert K.convolve(sc.Kernel.symbolic("l", 2, 4, 4, groups=4)).groups == 4
    assert K.convolve(sc.Kernel.symbolic("l", 2, 4, 4, groups=2)).groups == 2
    assert K.convolve(sc.Kernel.symbolic("l", 2, 4, 4)).groups == 1


def test_refusals():
    K = sc.Kernel([1, 2])
    with pytest.raises(KernelError, match="not as many axes"):
        K.convolve([[1, 2]])
    with pytest.raises(KernelError, match=r"gives 1 channels and .* takes 2"):
        K.convolve(sc.Kernel.symbolic("l", 2, 2, 1))
    with pytest.raises(GeometryError, match="stride"):
        K.convolve(K, stride=0)
    with pytest.raises(BudgetError, match="490000 products"):
        sc.Kernel.arange(700).convolve(sc.Kernel.arange(700))
    with pytest.raises(BudgetError, match="40000 products"):
        sc.Kernel.symbolic("k", 200).convolve(sc.Kernel.arange(200))
