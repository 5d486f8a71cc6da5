from footnote.evals.tools.bench_reader import Found, read, summary
from footnote.evals.tools.reader_questions import Asked, Story
from footnote.rag.answer.reader import Reading

TOLD = {"a": Story("Ferry", ("It rains. The ferry carries 300 people.", "Ada steers it."))}


class Pointing:
    """A reader that takes the second sentence of the first paragraph for the answer to everything."""

    def read(self, question, passages, sentences, most, least=None):
        likely = {(0, 1): 2.0}
        return [
            [
                Reading(likely.get((n, m), -1.0), 0.5, one.span.start, one.span.end)
                for m, one in enumerate(own)
            ]
            for n, own in enumerate(sentences)
        ]


def test_an_answer_is_found_where_its_sentence_is_the_likeliest():
    asked = [Asked("a", "How many?", 0, 29, 32), Asked("a", "Who?", 1, 0, 3), Asked("a", "Why?", 0, 0, 0)]
    assert list(read(asked, TOLD, Pointing())) == [
        Found(has_answer=True, right=True, odds=1.5),
        Found(has_answer=True, right=False, odds=1.5),
        Found(has_answer=False, right=False, odds=1.5),
    ]


def test_the_surest_answers_are_told_while_enough_of_them_are_right():
    found = [Found(True, True, 3.0), Found(True, True, 2.0), Found(False, False, 1.0), Found(True, True, 0.0)]
    told = summary(found)
    assert "3 of 3 answers found" in told
    assert "AUROC of found among all 4 0.667" in told
    assert "told at 85% precision 2 (67%)" in told
