"""The tests of the benchmarks import them as the scripts find each other: from their folder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
