"""Puts the rooms together: what a person wants, in a window, reaches services and desktop from here."""
