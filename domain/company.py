"""Names of companies as they are compared: 株式会社, (株) and ㈱ make no difference (A22)."""

import re
import unicodedata

# After NFKC ㈱ is (株).
_FORMS = re.compile(
    r"株式会社|有限会社|合同会社|合名会社|合資会社|一般社団法人|一般財団法人|公益社団法人|公益財団法人"
    r"|\((?:株|有|同|名|資|一社|一財|公社|公財)\)|co\.?,?\s*ltd\.?|k\.?k\.?$|inc\.?$"
)
_LOOSE = re.compile(r"[\s・･,.、。\-‐－ー―()「」]")


def company_key(name: str) -> str:
    """㈱東京 電力 -> 東京電力. Never empty for a name with a letter in it."""
    folded = unicodedata.normalize("NFKC", name).casefold().strip()
    bare = _LOOSE.sub("", _FORMS.sub("", folded))
    return bare or folded
