"""`python -m connectome_tui` is the command `connectome`."""

from connectome_tui.cli import main

if __name__ == "__main__":
    main()
