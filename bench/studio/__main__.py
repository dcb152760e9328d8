"""`python -m bench.studio`."""

from bench.studio import main

if __name__ == "__main__":
    main()
