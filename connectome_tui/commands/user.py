"""Who sits at this terminal."""

import getpass


def user_name() -> str:
    """Whom others see when no name was given."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "somebody"
