from footnote.rag.answer.cited import Place, Unit, cited
from footnote.rag.types import Passage, Support, Verdict

HEAD = Passage("a", "Kites", "k.md", "", 0, "", "Kites · by Ada Venn", 0.0)
BODY = Passage("a", "Kites", "k.md", "", 3, "", "They nest late. Few do.", 0.0)


def test_places_are_numbered_as_they_come_and_are_the_evidence_of_their_sentence():
    asked = []

    def check(sentence, evidence):
        asked.append((sentence, list(evidence)))
        return Support(Verdict.SUPPORTED, 1.0, "")

    sentences, citations = cited(
        [
            Unit("Few do.", (Place(BODY, 16, 23), Place(BODY, 0, 15))),
            Unit("By Ada Venn.", (Place(HEAD, 0, 19),)),
        ],
        check,
    )
    assert [s.citations for s in sentences] == [(1, 2), (3,)]
    assert [(c.number, c.quote) for c in citations] == [
        (1, "Few do."),
        (2, "They nest late."),
        (3, "Kites · by Ada Venn"),
    ]
    assert asked == [
        ("Few do.", ["Kites. They nest late. Few do."] * 2),
        ("By Ada Venn.", ["Kites · by Ada Venn"]),
    ]
