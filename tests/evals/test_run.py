import json
from dataclasses import replace

import pytest

from footnote.evals.journal import Journal
from footnote.evals.metrics.rows import Row
from footnote.evals.report.headline import notes
from footnote.evals.run import run_suite
from footnote.evals.suite.cases import Case, ClaimCase, Gold, ResponseCase, Suite, SummaryCase, case_digest
from footnote.evals.suite.corpus import fill
from footnote.rag.check.support import check_support
from footnote.rag.types import Answer, Remark, Support


@pytest.fixture
def run(small_assistant, small_corpus, small_suite):
    def run(*cases, **options):
        suite = Suite("small", cases, "d") if cases else small_suite
        assistant = options.pop("assistant", small_assistant)
        return run_suite(assistant, suite, corpus=small_corpus, **options).sections[0]

    return run


class Counting:
    """An assistant that counts what it is asked, and fails or stops where told to."""

    def __init__(self, assistant, fail="", stop_after=None):
        self.inner, self.fail, self.stop_after, self.asked = assistant, fail, stop_after, []

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def ask(self, question, **more):
        if self.fail and self.fail in question:
            raise RuntimeError("the wires are crossed")
        if self.stop_after is not None and len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked.append(question)
        return self.inner.ask(question, **more)


def test_every_case_is_asked_as_on_the_screen(run, small_assistant):
    section = run()
    assert [r.id for r in section.rows] == ["lit", "pears", "moon"]
    reply = small_assistant.ask("When was the lighthouse on Skarv Point lit for the first time?")
    assert isinstance(reply, Answer)
    shown = {k: v for k, v in section.rows[0].reply.items() if k != "timings_ms"}
    assert shown == {k: v for k, v in reply.as_json().items() if k != "timings_ms"}


def test_a_right_answer_counts_everywhere(run):
    values = run().rows[0].values
    for column in (
        "recall@1",
        "success@1",
        "mrr@10",
        "cited_gold",
        "in_first",
        "in_two",
        "answered",
        "right",
    ):
        assert values[column] == 1.0, column
    assert (values["supported"], values["citations"]) == (values["sentences"], values["precise"])


def test_the_paragraphs_that_were_found_are_in_the_section(run):
    section = run()
    article, number = section.rows[0].ranking[0]
    assert section.paragraphs[f"{article}:{number}"].startswith("The lighthouse on Skarv Point")


def test_under_article_scope_only_the_questions_own_article_is_searched(run, small_corpus):
    case = Case("x", "answerable", "pears", (Gold("lighthouse", 1),), ("1887",), article="lighthouse")
    whole, part = run(case).rows[0], run(case, scope="article").rows[0]
    assert {a for a, _ in whole.ranking} == {small_corpus.ids[n] for n in ("lighthouse", "orchard")}
    assert {a for a, _ in part.ranking} == {small_corpus.ids["lighthouse"]}


def test_a_case_that_fails_is_a_row_and_counts_as_wrong(run, small_assistant):
    section = run(assistant=Counting(small_assistant, fail="orchard"))
    failed = section.rows[1]
    assert failed.error == "RuntimeError: the wires are crossed"
    assert (failed.values["right"], failed.values["recall@10"], failed.values["answered"]) == (0, 0, 0)
    assert [r.error for r in section.failed] == [failed.error]
    assert section.figure("correct").n == 2


def test_a_case_that_names_what_is_not_there_is_wrong_data_not_a_wrong_answer(run):
    section = run(
        Case("a", "answerable", "Q?", (Gold("nowhere", 1),), ("x",)),
        Case("b", "answerable", "Q?", (Gold("orchard", 40),), ("x",)),
    )
    assert all(r.error and not r.values for r in section.rows)
    assert "which has 2" in section.rows[1].error
    assert section.figure("correct") is None


def test_whole_articles_as_gold_are_ranked_as_articles(run):
    case = Case("x", "answerable", "pears perry orchard", (Gold("orchard", 0, 2),))
    values = run(case).rows[0].values
    assert (values["recall@1"], values["ndcg@10"]) == (1.0, 1.0)
    assert "right" not in values


def test_a_summary_is_judged_and_measured(run):
    reference = "The lighthouse on Skarv Point was lit in 1887."
    (row,) = run(SummaryCase("s", "lighthouse", (reference,))).rows
    assert row.values["coverage"] == 1.0
    assert 0 < row.values["rouge1"] <= 1
    assert row.values["supported"] == row.values["sentences"] > 0


def test_a_claim_is_judged_by_the_checker(run):
    source = "The lamp burned whale oil until 1931."
    rows = run(
        ClaimCase("true", source, "The lamp burned whale oil until 1931.", supported=True),
        ClaimCase("false", source, "The lamp burned petrol until 1965.", supported=False),
    ).rows
    assert [r.values["said"] for r in rows] == [1.0, 0.0]
    assert [r.values["label"] for r in rows] == [1.0, 0.0]
    assert rows[0].values["overlap"] == 1.0 > rows[1].values["overlap"]


def test_another_systems_answer_is_scored_with_its_markers(run):
    contexts = ("The lamp burned whale oil until 1931.", "Goats lived there.")
    (row,) = run(
        ResponseCase(
            "r",
            "Q?",
            contexts,
            "The lamp burned whale oil until 1931 [1]. Cats lived there [2].",
            "whale oil",
        )
    ).rows
    assert (row.values["sentences"], row.values["supported"], row.values["citations"]) == (2, 1, 2)
    assert (row.values["recalled"], row.values["precise"]) == (1, 1)
    assert (row.values["in_first"], row.values["exact_match"]) == (1, 0)
    assert row.sentences[0].text == "The lamp burned whale oil until 1931."


def test_another_systems_answer_without_markers_has_no_citation_figures(run):
    (row,) = run(ResponseCase("r", "Q?", ("Goats lived there.",), "Goats lived there.")).rows
    assert row.values["supported"] == 1
    assert not {"citations", "recalled", "precise", "in_two"} & set(row.values)


def test_an_answer_without_markers_counts_as_uncited_where_the_system_cites_elsewhere(run):
    contexts = ("Goats lived there.",)
    rows = run(
        ResponseCase("a", "Q?", contexts, "Goats lived there [1]."),
        ResponseCase("b", "Q?", contexts, "Goats lived there."),
    ).rows
    assert [r.values["recalled"] for r in rows] == [1, 0]


def test_another_systems_refusal_is_right_where_there_is_no_answer(run):
    rows = run(
        ResponseCase("a", "Q?", ("C",), "", refused=True, answerable=False),
        ResponseCase("b", "Q?", ("C",), "", "whale oil", refused=True, answerable=True),
    ).rows
    assert [r.values["right"] for r in rows] == [1.0, 0.0]
    assert rows[1].values["in_two"] == 0.0


def test_progress_is_told_case_by_case(run):
    told = []
    run(progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_cancelled_run_reports_what_is_finished(run, threads):
    done = []
    section = run(progress=lambda d, _: done.append(d), cancelled=lambda: len(done) >= 1, threads=threads)
    assert not section.complete
    assert 1 <= len(section.rows) < 3
    assert section.cases == 3


def test_threads_change_nothing_but_the_time(run):
    one, three = run(), run(threads=3)
    assert [r.id for r in one.rows] == [r.id for r in three.rows]
    times = {"milliseconds"}
    for a, b in zip(one.rows, three.rows, strict=True):
        assert {k: v for k, v in a.values.items() if k not in times} == {
            k: v for k, v in b.values.items() if k not in times
        }


@pytest.mark.parametrize("threads", [1, 2])
def test_a_stopped_run_goes_on_where_it_was(run, small_assistant, tmp_path, threads):
    stopping = Counting(small_assistant, stop_after=1)
    with Journal(tmp_path, "key") as journal, pytest.raises(KeyboardInterrupt):
        run(assistant=stopping, journal=journal, threads=threads)
    again = Counting(small_assistant)
    with Journal(tmp_path, "key") as journal:
        assert len(journal.finished) == 1
        section = run(assistant=again, journal=journal, threads=threads)
        journal.discard()
    assert len(again.asked) == 2
    assert [r.id for r in section.rows] == ["lit", "pears", "moon"]
    assert section.facts["resumed"] == 1
    assert not journal.path.exists()
    plain = {r.id: r.values["right"] for r in run().rows}
    assert {r.id: r.values["right"] for r in section.rows} == plain


def test_a_case_that_failed_is_tried_again(run, small_assistant, tmp_path):
    with Journal(tmp_path, "key") as journal:
        assert run(assistant=Counting(small_assistant, fail="orchard"), journal=journal).failed
    with Journal(tmp_path, "key") as journal:
        again = Counting(small_assistant)
        assert not run(assistant=again, journal=journal).failed
    assert len(again.asked) == 1


def test_a_line_that_a_crash_cut_short_is_asked_again(run, small_suite, tmp_path):
    with Journal(tmp_path, "key") as journal:
        run(journal=journal)
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[:-40])
    with Journal(tmp_path, "key") as journal:
        assert len(journal.finished) == 2
        section = run(journal=journal)
    assert section.complete
    with Journal(tmp_path, "key") as journal:
        assert set(journal.finished) == {case_digest(c) for c in small_suite.cases}


def test_a_library_is_filled_once(small_assistant, small_suite, small_corpus):
    again = fill(small_assistant, small_suite)
    assert again == small_corpus
    assert (again.articles, again.paragraphs, again.rejected) == (2, 5, 0)


def test_distractors_stand_beside_the_articles(small_assistant, small_suite, tmp_path):
    (tmp_path / "cod.txt").write_text("Cod is a fish that lives in cold water and is eaten with chips.\n")
    corpus = fill(small_assistant, small_suite, [str(tmp_path / "cod.txt"), str(tmp_path / "nowhere.txt")])
    assert (corpus.articles, corpus.rejected) == (3, 1)
    assert "nowhere.txt" in corpus.reasons[0]


def test_a_remark_is_neither_a_refusal_nor_a_right_answer(run, small_assistant):
    class Greeting(Counting):
        def ask(self, question, **_):
            return Remark(question, "Hello.")

    answerable, _, unanswerable = run(assistant=Greeting(small_assistant)).rows
    for row in (answerable, unanswerable):
        assert not row.error
        assert (row.values["refused"], row.values["right"]) == (0.0, 0.0)
        assert "citations" not in row.values
        assert "confidence" not in row.values


def test_figures_agree_with_a_recomputation_from_the_replies_in_the_json(run):
    section = json.loads(json.dumps(run().as_json()))
    rows, told = section["rows"], {f["key"]: f["value"] for f in section["figures"]}
    names = section["corpus"]["ids"]
    sentences = [s for r in rows for s in r["sentences"]]
    supported = [s["support"]["verdict"] == "supported" for s in sentences]
    assert told["faithfulness"] == pytest.approx(sum(supported) / len(supported), abs=1e-4)
    recalled = [s["cited"]["verdict"] == "supported" for s in sentences]
    assert told["citation_recall"] == pytest.approx(sum(recalled) / len(recalled), abs=1e-4)

    asked = [r for r in rows if r["given"]["gold"]]
    ranks = []
    for row in asked:
        gold = {(names[g["article"]], g["paragraph"]) for g in row["given"]["gold"]}
        ranks.append(next((n for n, p in enumerate(row["ranking"], 1) if tuple(p) in gold), 0))
    assert told["mrr@10"] == pytest.approx(sum(1 / n for n in ranks if 0 < n <= 10) / len(asked), abs=1e-4)
    assert told["success@1"] == pytest.approx(sum(n == 1 for n in ranks) / len(asked), abs=1e-4)

    refused = [r for r in rows if r["reply"]["refused"]]
    rightly = [r for r in refused if r["kind"] == "unanswerable"]
    assert told["refusal_precision"] == pytest.approx(len(rightly) / len(refused), abs=1e-4)
    assert told["refusal_recall"] == pytest.approx(
        len(rightly) / sum(r["kind"] == "unanswerable" for r in rows), abs=1e-4
    )
    found = [
        any(
            a.lower() in s["text"].lower() for a in r["given"]["answers"] for s in r["reply"]["sentences"][:2]
        )
        for r in rows
        if r["given"]["answers"]
    ]
    assert told["correct"] == pytest.approx(sum(found) / len(found), abs=1e-4)


CONTEXTS = ("Runa Moe built the kiln.", "It cooled in 1931.")


def answered(case_id, text, contexts=CONTEXTS, **more):
    return ResponseCase(case_id, "Who built the kiln?", contexts, text, **more)


@pytest.mark.parametrize(
    "text",
    [
        "Runa Moe built the kiln. [1] It cooled in 1931. [2]",
        "Runa Moe built the kiln [^1]. It cooled in 1931【2】.",
        "Runa Moe built the kiln (1). It cooled in 1931 [Source 2].",
        "- **Runa Moe built the kiln** [doc1].\n- It cooled in 1931.<sup>2</sup>",
        "<think>Which one? [2]</think>Runa Moe built the kiln, and it cooled in 1931 [1-2].",
    ],
)
def test_markers_of_other_systems_are_read_as_those_of_our_own_model(run, text):
    section = run(answered("r", text))
    for key in ("faithfulness", "faithfulness_by_answer", "citation_recall", "citation_precision"):
        assert section.figure(key).value == 1.0, key


def test_a_long_answer_weighs_no_more_than_a_short_one_in_the_mean_over_answers(run):
    section = run(answered("one", CONTEXTS[0] + " " + CONTEXTS[1]), answered("two", "Zeus sold 40 kilns."))
    assert section.figure("faithfulness").value == pytest.approx(2 / 3)
    assert section.figure("faithfulness_by_answer").value == 0.5


def test_what_is_said_without_a_context_is_not_supported_and_is_named(run):
    section = run(answered("one", CONTEXTS[0]), answered("bare", CONTEXTS[0], contexts=()))
    assert section.figure("faithfulness").value == 0.5
    assert [row.id for row in section.without_context] == ["bare"]
    assert section.as_json()["counts"]["without_context"] == 1


def test_what_is_said_twice_and_what_is_in_another_language_than_its_context_is_named(run):
    german = "Runa Moe baute den Ofen, und er ist erst im Jahr 1931 wieder abgekühlt."
    section = run(
        answered("one", CONTEXTS[0]),
        answered("again", f"  {CONTEXTS[0].upper()}"),
        answered("german", german),
    )
    told = " ".join(notes(section))
    assert "Said by an earlier row already: 1 answer: again." in told
    assert (
        "In another language than their contexts, which is hardly ever judged right: 1 answer: german."
        in told
    )
    assert not list(notes(run(answered("one", CONTEXTS[0]), answered("two", CONTEXTS[1]))))


def test_where_no_answer_has_a_context_support_is_not_measured(run):
    section = run(answered("bare", "It cooled in 1931.", contexts=(), reference="1931"))
    assert section.figure("faithfulness") is None
    assert section.figure("correct").value == 1.0


def test_a_judge_that_gives_no_verdict_is_an_error_of_its_case_and_counted_apart(run, small_assistant):
    def judge(sentence, evidence):
        if "cooled" in sentence:
            return Support.of_failure("The judge is asleep.")
        return check_support(sentence, evidence)

    cases = [
        answered("one", CONTEXTS[0]),
        answered("two", " ".join(CONTEXTS)),
        ClaimCase("c", "A.", "It cooled.", True),
    ]
    section = run(*cases, assistant=replace(small_assistant, check=judge))
    assert [row.error for row in section.rows] == [
        "",
        "No verdict on 1 of 2 sentences. The judge is asleep.",
        "The judge is asleep.",
    ]
    assert (section.figure("faithfulness").value, section.figure("faithfulness").n) == (1.0, 1)
    assert section.as_json()["counts"]["unjudged"] == 2
    assert [s.support.failed for s in Row.from_json(section.rows[1].as_json()).sentences] == [False, True]
