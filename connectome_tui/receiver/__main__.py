"""`python -m connectome_tui.receiver`: started by the application, never by hand."""

import sys

from connectome_tui.receiver.process import main

if __name__ == "__main__":
    sys.exit(main())
