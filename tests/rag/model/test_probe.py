import re

import pytest

from footnote.rag.errors import ModelError
from footnote.rag.model.chat import connect
from footnote.rag.model.probe import probe
from footnote.rag.settings import Settings
from tests.misbehaving_server import ModelServer, ends_early, fails, says


def heeds(exchange):
    word = re.search(r"write the word (\w+)", exchange.system)[1]
    return f"{word.title()}, one, two, three, four, five, six."


def settings(tmp_path, server, **given):
    return Settings(
        home=tmp_path, model="openai:test", base_url=server.url, model_first=1, model_retries=0, **given
    )


def test_one_request_shows_what_works(tmp_path):
    with ModelServer(says(heeds)) as server:
        chat = connect(settings(tmp_path, server))
        found = probe(chat)
        chat.close()
    assert (found.streams, found.obeyed, found.whole, found.counted) == (True, True, True, False)
    assert found.tokens > 20
    assert len(server.exchanges) == 1


def test_what_does_not_work_is_seen(tmp_path):
    with ModelServer(ends_early("Paris.")) as server:
        chat = connect(settings(tmp_path, server))
        found = probe(chat)
        chat.close()
    assert (found.streams, found.obeyed, found.whole) == (False, False, False)


def test_a_server_that_fails_says_why(tmp_path):
    with ModelServer(fails(401)) as server:
        chat = connect(settings(tmp_path, server))
        with pytest.raises(ModelError, match="401"):
            probe(chat)
        chat.close()
