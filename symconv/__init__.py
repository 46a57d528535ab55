"""Symbolic mathematics of convolution and transposed convolution.

A convolution is a matrix C: ``conv`` builds it from a ``Kernel``, with symbols as entries. ``C.T``
is the transposed convolution, ``@`` multiplies, and ``closed_form()`` holds for every image size:

>>> import sympy as sp, symconv as sc
>>> n, i = sp.symbols("n i")
>>> C = sc.conv(sc.Kernel(sp.symbols("a b")), n)  # an (n - 1) x n matrix
>>> (C.T @ C).closed_form().entry(i, i)  # doctest: +NORMALIZE_WHITESPACE
Piecewise((a**2 + b**2, (i >= 1) & (i <= n - 2)),
          (a**2, Eq(i, 0)), (b**2, Eq(i, n - 1)), (0, True))

``explain`` and ``orthogonality`` say why and when ``C.T`` is the inverse, ``latex`` typesets,
``to_numpy`` evaluates, ``draw`` draws, ``from_torch`` and its like read layers, ``statements``
lists identities with their proofs, and ``testing`` checks code of your own.

The folders, each importing only from those above it in this list:

    algebra         sizes that grow with a symbol; diagonals, sums and products; names r_δ
    operators       kernels, geometry and padding modes, operators, closed forms, splits
    resampling      pooling, interpolation, shifts and shuffles, patches
    typesetting     what LaTeX is made of: letters, symbols, matrices, the tree of displays
    kernels         kernels as algebra: composition, separability; sobel, gaussian and their like
    recognition     which single layer an operator is; layers fused to one
    numeric         operators as NumPy arrays, SciPy matrices, functions of batches of kernels
    printing        operators and closed forms as LaTeX and in characters
    matrix_free     operators as maps of images: banded products, windows, transforms
    spectra         generating functions, transforms, eigenvalues, singular values, conditioning
    determinants    determinants of every size: Schur polynomials, resultants, recurrences
    linear_algebra  ranks, null spaces, inverses, deconvolution, kernels by least squares
    stacks          affine maps, and layers one after the other: sizes, receptive fields
    frameworks      layers of PyTorch, TensorFlow, JAX, ONNX and SciPy
    analysis        orthogonality, checkerboards, derivations, explanations
    export          documents, macros, the languages of other systems
    catalogue       identities as code, with sources and proofs
    plotting        pictures and films
    sweeps          functions over grids of geometries, and the atlas
    jupyter         the explorer
    cli             the command line
    playground      what the site's page shows of a layer, in a browser
    testing         code of your own held against an operator, and what its mistake looks like
"""

import lazy_loader

__version__ = "0.1.0"

# Each name is imported when it is first used, so that importing is instant.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
