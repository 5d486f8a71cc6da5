"""Our cookies: what is given out is read again, and nothing else is."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from footnote.ui.web.cookies import Cookie, cookies_of, set_cookie

SCOPE = {"headers": [], "scheme": "http"}


def read(*told: str) -> dict[str, str]:
    return cookies_of({"headers": [(b"cookie", one.encode("latin-1")) for one in told]})


@given(
    st.lists(
        st.tuples(st.sampled_from(Cookie), st.binary(min_size=1, max_size=400)),
        min_size=1, unique_by=lambda c: c[0],
    )
)  # fmt: skip
def test_every_cookie_that_is_given_out_is_read_again(given_out) -> None:
    values = {name: base64.urlsafe_b64encode(data).decode() + ".f00d-1" for name, data in given_out}
    sent = [set_cookie(SCOPE, name, value, 60).partition(";")[0] for name, value in values.items()]
    assert read("; ".join(sent)) == read(*sent) == values


def test_a_cookie_of_others_or_in_another_form_is_left_out() -> None:
    for told in ("other=1", "footnote_readers=1", "Footnote_key=1", "footnote_key", "footnote_key=",
                 'footnote_key="1"', "footnote_key=a b", "footnote_key=\xe9", "footnote_key=" + "a" * 1_001):  # fmt: skip
        assert read(told) == {}, told
