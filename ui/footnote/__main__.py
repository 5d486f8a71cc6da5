"""`python -m footnote`: the command."""

from footnote.ui.cli import main

if __name__ == "__main__":
    main()
