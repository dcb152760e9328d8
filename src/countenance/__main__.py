"""`python -m countenance` is the `countenance` command."""

from countenance.cli import main

if __name__ == "__main__":
    main()
