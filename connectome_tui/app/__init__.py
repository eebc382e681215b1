"""The application: screens, commands and keys. Views of one state; intent goes back as commands."""
