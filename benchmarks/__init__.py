"""What docs/benchmarks.md shows. ``python -m benchmarks`` runs all of it."""
