from __future__ import annotations

from benchmarks.measuring import main

if __name__ == "__main__":
    main()
