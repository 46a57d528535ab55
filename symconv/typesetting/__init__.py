"""What LaTeX is made of: letters, symbols, index arithmetic, matrices, and the tree of displays."""
