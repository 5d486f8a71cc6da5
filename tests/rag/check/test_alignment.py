import pytest

from footnote.rag.check.alignment import LONG, align, measure, narrow, prepare, tokens

TEXT = "The ferry left the north quay at noon. Its captain, Ida Voss, waved. The harbour master said nothing."


def cost(sentence: str, text: str = TEXT) -> float:
    words = tokens(sentence)
    return align(words, prepare(text)).cost / len(words)


def test_every_token_is_where_its_offsets_say():
    text = "Mr Lee’s crew of 1,400 didn’t pay $4.2 million; the U.S. did."
    assert all(text[t.start : t.end] == t.text for t in tokens(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4.2 million shells", "4,200,000 shells"),
        ("five boats", "5 boats"),
        ("don ' t go", "don’t go"),
        ("735, 000 readers", "735,000 readers"),
        ("the U.S. fleet", "the US fleet"),
        ("prices rose", "prices rise"),
    ],
)
def test_the_same_written_otherwise_has_the_same_keys(one, other):
    assert [t.key for t in tokens(one)] == [t.key for t in tokens(other)]


def test_the_country_is_not_the_pronoun():
    assert tokens("the US")[1].key != tokens("tell us")[1].key


def test_a_copy_costs_nearly_nothing_and_strange_words_cost_most():
    copy, reworded, strange = (
        cost("The ferry left the north quay at noon."),
        cost("At noon the ferry left the quay."),
        cost("Bakers sold warm rolls all morning."),
    )
    assert copy < 0.05 < reworded < strange


def test_splicing_two_sentences_costs_more_than_shortening_one():
    assert cost("The captain said nothing.") > cost("The ferry left at noon.")


def test_a_path_names_the_place_of_each_word_or_none():
    words = tokens("captain Otto Voss waved")
    places = align(words, prepare(TEXT)).places
    held = prepare(TEXT).tokens
    assert [held[p].text if p >= 0 else None for p in places] == ["captain", None, "Voss", "waved"]


def test_a_dropped_hedge_is_counted():
    evidence = prepare("The almost perfect plan may fail.")
    assert measure(tokens("The perfect plan may fail."), evidence).hedges == 1
    assert measure(tokens("The almost perfect plan may fail."), evidence).hedges == 0


def test_what_was_said_of_somebody_of_somebody_is_told_of_the_other():
    evidence = prepare("The wife of Karl Brenner opened a bakery.")
    assert measure(tokens("Karl Brenner opened a bakery."), evidence).heads == 1


def test_a_long_source_is_narrowed_to_what_is_near():
    filler = " ".join(f"Clerk number {n} filed a form about drains and gutters." for n in range(200))
    whole = prepare(f"{filler} The otter returned to the river in spring. {filler}")
    near = narrow(whole, {t.key for t in tokens("The otter returned in spring.")})
    assert len(whole.tokens) > LONG > len(near.tokens)
    assert "otter" in near.places
    assert all(whole.text[t.start : t.end] == t.text for t in near.tokens)


@pytest.mark.parametrize("text", ["", "   ", "?!…", "…", "\n\n"])
def test_a_text_without_words_is_measured_too(text):
    assert measure(tokens("The ferry left."), prepare(text)).missing == 1.0
    assert measure(tokens(text), prepare(TEXT)).cost == 0.0


def test_the_last_word_of_each_sentence_counts_for_itself():
    evidence = prepare("The ferry crosses the strait to the island.")
    assert measure(tokens("The ferry crosses the lake. It goes to the island."), evidence).ends == 0.5
    assert measure(tokens("A blue ferry crosses the strait."), evidence).ends == 0.0


def test_a_word_said_more_often_than_the_evidence_holds_it_counts():
    evidence = prepare("French cooking was shaped by Italian cooking.")
    assert measure(tokens("Italian cooking was shaped by Italian cooking."), evidence).again == 1
    assert measure(tokens("French cooking was shaped by Italian cooking."), evidence).again == 0


def test_forms_of_a_root_and_peoples_of_a_nation_are_not_missing():
    evidence = prepare("Germany organised the exhibition.")
    assert measure(tokens("The German organisation exhibited."), evidence).missing == 0.0
