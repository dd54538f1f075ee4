"""The real program, seen and driven from outside: real processes, windows on a screen of the test's own, a
session bus with a tray host and a notification service made by the test."""
