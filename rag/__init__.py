"""Ask questions about articles and summarise them, with a footnote on every sentence.

>>> from rag import Settings, build
"""

from rag.assistant import Assistant, build
from rag.settings import Settings
from rag.types import Answer, Filters, Refusal, Remark, Reply, Summary, Turn

__all__ = [
    "Answer",
    "Assistant",
    "Filters",
    "Refusal",
    "Remark",
    "Reply",
    "Settings",
    "Summary",
    "Turn",
    "build",
]
