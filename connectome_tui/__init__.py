"""Connectome: a debugger for flows, in the terminal."""

__version__ = "0.1.0"
