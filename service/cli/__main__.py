"""`python -m service.cli` is `ilex`."""

from service.cli import main

if __name__ == "__main__":
    main()
