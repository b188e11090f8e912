"""Commands for corpora and networks: build, train, score and look inside."""

__all__ = ["atlas", "corpus", "mpi_job", "originality", "score", "train"]
