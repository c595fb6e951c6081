"""What the portal takes. `make benchmark` prints a table and writes it into docs/performance.md."""
