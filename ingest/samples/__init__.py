"""Sample articles written for Footnote: what the library holds when a person has added nothing yet."""

from pathlib import Path


def sample_folder() -> Path:
    """Return the folder that holds the sample articles."""
    return Path(__file__).parent
