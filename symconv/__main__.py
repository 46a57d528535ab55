"""``python -m symconv``: the command line."""

from symconv.cli.commands import main

if __name__ == "__main__":
    main()
