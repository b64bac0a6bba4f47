"""`python -m encore`: the same as `encore`."""

from encore.cli import main

if __name__ == "__main__":
    main()
