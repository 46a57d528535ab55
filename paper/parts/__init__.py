"""What paper/build.py writes: formulas, numbers, tables, figures, and the checks behind them."""
