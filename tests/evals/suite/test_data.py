import csv
import gzip
import io
import json

import pytest

from footnote.evals.suite.cases import Case, Gold
from footnote.evals.suite.data import load_suite, response_suite, sample_suite
from footnote.ingest.article import Article, Rejected
from footnote.ingest.errors import SourceNotFound, UnreadableSource

ARTICLE = {"article_id": "a", "title": "A", "paragraphs": ["One.", "Two."]}
QUESTION = {"id": 1, "article_id": "a", "question": "Q?", "answers": ["x"], "gold_paragraphs": [0]}
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "The_orchard",
            "paragraphs": [
                {
                    "context": "Pears grow here.",
                    "qas": [
                        {
                            "id": "1",
                            "question": "What grows?",
                            "answers": [{"text": "Pears", "answer_start": 0}],
                        },
                        {"id": "2", "question": "What sinks?", "answers": [], "is_impossible": True},
                    ],
                },
                {"context": "Perry is made.", "qas": [{"id": "3", "question": "", "answers": []}]},
            ],
        },
        {"title": "Broken"},
    ],
}


def lines(path, *rows):
    path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    return path


@pytest.fixture
def beir(tmp_path):
    folder = tmp_path / "fishing"
    (folder / "qrels").mkdir(parents=True)
    lines(folder / "corpus.jsonl", {"_id": "d1", "title": "T", "text": "Cod.\n\nHake."}, {"_id": "d2"})
    lines(
        folder / "queries.jsonl",
        {"_id": "q1", "text": "cod?"},
        {"_id": "q2", "text": "unjudged?"},
        {"_id": "q3"},
    )
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq2\td1\t1\n")
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\nbroken\nq9\td1\t1\n"
    )
    return folder


def test_the_samples_are_the_built_in_suite():
    suite = load_suite("samples")
    assert suite == sample_suite()
    assert not suite.bad
    assert {c.kind for c in suite.cases} == {"answerable", "unanswerable", "followup", "summary"}


def test_articles_beside_the_questions_are_found(tmp_path):
    lines(tmp_path / "town_articles.jsonl", ARTICLE)
    suite = load_suite(lines(tmp_path / "town_questions.jsonl", QUESTION))
    (article,) = suite.articles()
    assert isinstance(article, Article)
    assert (suite.name, article.title) == ("town_questions", "A")


def test_articles_that_are_named_go_before_those_beside(tmp_path):
    lines(tmp_path / "town_articles.jsonl", ARTICLE)
    other = lines(tmp_path / "other.jsonl", {**ARTICLE, "title": "Other"})
    suite = load_suite(lines(tmp_path / "town_questions.jsonl", QUESTION), [str(other)])
    assert [a.title for a in suite.articles()] == ["Other"]


def test_questions_whose_articles_are_nowhere_say_how_to_name_them(tmp_path):
    path = lines(tmp_path / "town.jsonl", QUESTION)
    with pytest.raises(UnreadableSource, match="--articles"):
        load_suite(path)
    assert list(load_suite(path, library=True).articles()) == []


def test_the_digest_changes_with_the_questions_and_with_the_articles(tmp_path):
    articles, questions = tmp_path / "t_articles.jsonl", tmp_path / "t_questions.jsonl"
    lines(articles, ARTICLE)
    lines(questions, QUESTION)
    first = load_suite(questions).digest
    assert load_suite(questions).digest == first
    lines(articles, {**ARTICLE, "title": "B"})
    second = load_suite(questions).digest
    lines(questions, {**QUESTION, "question": "R?"})
    assert len({first, second, load_suite(questions).digest}) == 3


def test_squad_is_read_in_its_own_form(tmp_path):
    path = tmp_path / "dev-v2.0.json"
    path.write_text(json.dumps(SQUAD))
    suite = load_suite(path)
    assert suite.cases == (
        Case("1", "answerable", "What grows?", (Gold("The_orchard", 1),), ("Pears",), article="The_orchard"),
        Case("2", "unanswerable", "What sinks?", article="The_orchard"),
    )
    assert [b.reason.partition(":")[0] for b in suite.bad] == ["question 3", "question 3"]
    (article,) = suite.articles()
    assert (article.title, len(article.paragraphs)) == ("The orchard", 2)


@pytest.mark.parametrize("text", ["{}", '{"data": 3}', "nothing"])
def test_another_json_is_refused(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(UnreadableSource, match="SQuAD"):
        load_suite(path)


@pytest.mark.parametrize("text", ["[]", "[3]", "[" * 100_000])
def test_a_list_without_a_case_is_refused(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(UnreadableSource, match="no case"):
        load_suite(path)


@pytest.mark.parametrize("name", ["q.jsonl", "q.json", "q.jsonl.gz", "q.json.gz", "q.csv", "q.csv.gz"])
def test_questions_are_read_in_every_form_that_responses_are(tmp_path, name):
    rows = [{**QUESTION, "id": "a"}, {**QUESTION, "id": "b", "question": "Why?\nWhen?"}]
    lines(tmp_path / "articles.jsonl", ARTICLE)
    if ".csv" in name:
        frame = io.StringIO()
        writer = csv.DictWriter(frame, QUESTION)
        writer.writeheader()
        writer.writerows(rows)
        data = frame.getvalue().encode("utf-16")
    elif ".jsonl" in name:
        data = "\n".join(map(json.dumps, rows)).encode()
    else:
        data = b"\xef\xbb\xbf " + json.dumps(rows, indent=2).encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    suite = load_suite(tmp_path / name)
    assert (suite.name, [c.question for c in suite.cases]) == ("q", [QUESTION["question"], "Why?\nWhen?"])
    assert suite.cases[0].gold == load_suite(lines(tmp_path / "plain.jsonl", rows[0])).cases[0].gold


def test_lines_in_a_file_called_json_are_rows_too(tmp_path):
    lines(tmp_path / "articles.jsonl", ARTICLE)
    path = lines(tmp_path / "q.json", QUESTION, {**QUESTION, "id": "other"})
    assert len(load_suite(path).cases) == 2


def test_a_gzipped_file_that_breaks_off_is_told_of(tmp_path):
    path = tmp_path / "q.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(QUESTION).encode() * 50)[:-9])
    with pytest.raises(UnreadableSource, match="unzipped"):
        load_suite(path)


def test_a_beir_folder_gives_judged_queries_over_whole_articles(beir):
    suite = load_suite(beir)
    assert suite.cases == (Case("q1", "answerable", "cod?", (Gold("d1", 0, 2),)),)
    assert {(b.file, b.line) for b in suite.bad} == {("test.tsv", 4), ("queries.jsonl", 3), ("test.tsv", 0)}
    good, bad = suite.articles()
    assert isinstance(good, Article)
    assert (good.source, len(good.paragraphs)) == ("fishing#d1", 2)
    assert isinstance(bad, Rejected)
    assert "Line 2" in bad.reason


def test_without_a_test_split_another_is_taken(beir):
    (beir / "qrels" / "test.tsv").unlink()
    assert [c.id for c in load_suite(beir).cases] == ["q2"]


def test_a_folder_of_another_kind_is_refused(tmp_path):
    with pytest.raises(UnreadableSource, match=r"queries\.jsonl"):
        load_suite(tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SourceNotFound, match=r"nowhere\.jsonl"):
        load_suite(tmp_path / "nowhere.jsonl")


def test_a_file_without_a_case_says_why(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text("{}\n")
    with pytest.raises(UnreadableSource, match="Line 1"):
        load_suite(path)


def test_every_row_of_responses_is_one_whatever_its_fields(tmp_path):
    rows = [
        {"id": "r", "user_input": "Q?", "retrieved_contexts": ["C"], "response": "A"},
        {"id": "s", "question": "Q?", "contexts": ["C"], "answer": "A", "ground_truth": "G"},
        QUESTION,
    ]
    suite = response_suite(lines(tmp_path / "r.jsonl", *rows))
    assert [(c.kind, c.response, c.reference) for c in suite.cases] == [
        ("response", "A", ""),
        ("response", "A", "G"),
    ]
    assert [b.line for b in suite.bad] == [3]


def test_a_file_without_a_response_says_why(tmp_path):
    with pytest.raises(UnreadableSource, match="response"):
        response_suite(lines(tmp_path / "q.jsonl", QUESTION))


@pytest.mark.parametrize("packed", [False, True])
def test_responses_may_be_one_list_gzipped_or_not(tmp_path, packed):
    rows = [{"input": "Q?", "retrieval_context": ["C."], "actual_output": "A."}, {"input": ""}]
    data = b"\xef\xbb\xbf" + json.dumps(rows, indent=1).encode()
    path = tmp_path / "rows.json"
    path.write_bytes(gzip.compress(data) if packed else data)
    suite = response_suite(path)
    assert [case.response for case in suite.cases] == ["A."]
    assert [bad.line for bad in suite.bad] == [2]


def test_a_list_that_breaks_off_is_told_of(tmp_path):
    (tmp_path / "rows.json").write_text('[{"input": "Q?"},')
    with pytest.raises(UnreadableSource, match="not JSON"):
        response_suite(tmp_path / "rows.json")
