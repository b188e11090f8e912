"""What a network must beat on a corpus: bits per note of the baselines on its test tunes.

python benchmarks/baselines.py CORPUS
"""

from __future__ import annotations

import argparse
import json
import sys

from midi_data.corpora import corpus_tunes
from rnn.study import prepare


def main() -> None:
    """Count, and write a line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="a built corpus by name, or a folder of .mid")
    study = prepare(corpus_tunes(parser.parse_args().corpus).tunes)
    sys.stdout.write(json.dumps(study.baselines(study.test) | study.notes) + "\n")


if __name__ == "__main__":
    main()
