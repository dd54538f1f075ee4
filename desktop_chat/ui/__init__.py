"""QtWidgets, no decisions: windows, painting and input over view models."""
