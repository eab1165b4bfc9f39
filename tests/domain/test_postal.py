"""住所自動入力 (issue 4, item 4)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.postal import address_of


@pytest.mark.parametrize(
    ("code", "address"),
    [
        ("1350061", "東京都江東区豊洲"),
        ("5300005", "大阪府大阪市北区中之島"),
        ("0600000", "北海道札幌市中央区"),  # 以下に掲載がない場合: no 町域
        ("9999999", None),
        ("0000000", None),
    ],
)
def test_the_address_of_a_code(code, address):
    assert address_of(code) == address


def test_every_thread_of_the_server_may_ask():
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
        assert first.submit(address_of, "1350061").result() == "東京都江東区豊洲"
        assert second.submit(address_of, "1350061").result() == "東京都江東区豊洲"
