"""Large pages are compressed, small ones are left alone."""

from __future__ import annotations

import gzip

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from people.middleware import LARGE, LargePageGZipMiddleware


def answer(size: int) -> HttpResponse:
    """What goes out when a view gives `size` bytes."""
    middleware = LargePageGZipMiddleware(lambda request: HttpResponse(b"a row " * (size // 6)))
    response = middleware(RequestFactory().get("/", headers={"accept-encoding": "gzip"}))
    assert isinstance(response, HttpResponse)
    return response


def test_a_long_list_goes_out_compressed_and_whole() -> None:
    response = answer(200_000)
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < LARGE
    assert len(gzip.decompress(response.content)) == 199_998


@pytest.mark.parametrize("size", [0, 6, LARGE])
def test_a_small_page_stays_as_it_is(size: int) -> None:
    assert "Content-Encoding" not in answer(size)
