"""A chat model as judge, and the choice among the judges."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footnote.ingest.encoder.sentence_transformers import load_cross_encoder
from footnote.prompts import load
from footnote.rag.answer.answerer import Meter
from footnote.rag.check.cross_encoder import CrossEncoderJudge
from footnote.rag.check.support import INSERTED, check_support
from footnote.rag.errors import ModelError, SettingsError
from footnote.rag.types import Support, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footnote.prompts import Messages
    from footnote.rag.check.support import SupportChecker
    from footnote.rag.settings import Settings

BY_MODEL = "model"


WORD = re.compile(r"\W*(supported|partial|unsupported)\b\W*(.*)", re.IGNORECASE | re.DOTALL)


SCORES = {Verdict.SUPPORTED: 1.0, Verdict.PARTIAL: 0.5, Verdict.UNSUPPORTED: 0.0}


UNREADABLE = "The judge gave no verdict that could be read."


@dataclass(frozen=True, slots=True)
class ChatJudge:
    """Any chat model as judge, asked with `prompts/judge.md`; `chat` returns the reply's text.

    `end` closes its connection. The score is 1 for supported, one half for partial, 0 for unsupported: a
    model's own estimate of its certainty says little. No reply, or one that cannot be read, is a verdict that
    `failed`, with the reason.
    """

    chat: Callable[[Messages], str]
    end: Callable[[], None] = lambda: None

    def __call__(self, sentence: str, evidence: Sequence[str]) -> Support:
        """Return the verdict on `sentence` given the cited texts."""
        claim = INSERTED.sub(r" \1", sentence)
        fence = secrets.token_hex(8)
        asked = load("judge").fill(source="\n\n".join(evidence), statement=claim, fence=fence)
        try:
            reply = self.chat(asked)
        except ModelError as error:
            return Support.of_failure(f"The judge gave no verdict: {error}")
        match = WORD.match(reply)
        if match is None:
            return Support.of_failure(UNREADABLE)
        verdict = Verdict(match[1].lower())
        return Support(verdict, SCORES[verdict], " ".join(match[2].split()) or "The judge gave no reason.")


def judge_name(settings: Settings) -> str:
    """Return what the checker that `settings.judge` names is called in reports."""
    if not settings.judge:
        return "Footnote’s own checker"
    return f"model {settings.model}" if settings.judge == BY_MODEL else settings.judge


def chosen_judge(settings: Settings) -> SupportChecker:
    """Return the checker that `settings.judge` names: ours, the language model, or a cross-encoder.

    Raises:
        SettingsError: If the language model is to judge and none is set.
        EncoderError: If the cross-encoder cannot be loaded.
    """
    if not settings.judge:
        return check_support
    if settings.judge != BY_MODEL:
        return CrossEncoderJudge.load(settings.judge, load_cross_encoder)
    if not settings.model:
        raise SettingsError("judge is “model”, but no language model is set. Set FOOTNOTE_MODEL too.")
    from footnote.rag.model.chat import connect  # langchain takes a second

    chat = connect(settings)
    return ChatJudge(lambda asked: chat.complete(asked, Meter(settings.question_tokens))[0], chat.close)


def close(judge: SupportChecker) -> None:
    """Close the connection of a judge that has one."""
    if isinstance(judge, ChatJudge):
        judge.end()
