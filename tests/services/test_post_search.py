"""100,000 posts on PostgreSQL: what the screen asks is answered by index (issue 5, "Must hold")."""

import time as real_time
from datetime import date

import pytest
from sqlalchemy import event, select, text

from domain.posts import Area
from models import db
from services import post_search
from views.frame.resource import ResourceView

POSTS = 100_000
HITS = 30
WORD = "洋上風力"  # four characters
FILL = text(
    """
    INSERT INTO posts (id, member_id, state, starts_on, ends_on, title, title_folded, body, side, company, contact,
                       remarks, reason, reminded, applied_at, created_at, updated_at, version)
    SELECT n, :member, CASE WHEN n % 10 = 0 THEN 'rejected' ELSE 'approved' END,
           DATE '2026-11-20' - (n % 700) * INTERVAL '1 day', DATE '2026-11-20' + (n % 300) * INTERVAL '1 day',
           t.title, t.title, '本文', CASE WHEN n % 2 = 0 THEN 'sell' ELSE 'buy' END, '会社', '連絡先', '', '', 0,
           now(), now(), now(), 1
    FROM generate_series(1, :posts) AS n,
         LATERAL (SELECT (ARRAY['火力', '水力', '太陽光', '地熱', '蓄電池'])[1 + n % 5] || '発電設備の'
                  || (ARRAY['売り', '買い'])[1 + n % 2] || '希望 第' || n || '号'
                  || CASE WHEN n % 1009 = 1 AND n <= 1009 * 40 THEN ' 洋上風力' ELSE '' END AS title) AS t
    """
)
AREAS = text("INSERT INTO post_areas (post_id, area) SELECT n, lpad((1 + n % 10)::text, 2, '0') FROM"
             " generate_series(1, :posts) AS n")  # fmt: skip
TOKYO = text("INSERT INTO post_areas (post_id, area) SELECT id, '03' FROM posts WHERE title LIKE '%洋上風力'"
             " ON CONFLICT DO NOTHING")  # fmt: skip
TABS = text("INSERT INTO posted_areas (area, since) SELECT DISTINCT area, DATE '2020-01-01' FROM post_areas")
CRITERIA = {"area": "03", "title": WORD, "starts_on": date(2026, 11, 20), "ends_on": date(2027, 11, 20)}


def asked(run):
    """Every statement of `run`, as the database got it."""
    found = []

    def note(connection, cursor, statement, parameters, context, executemany):
        found.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        run()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return [(s, p) for s, p in found if s.lstrip().upper().startswith("SELECT")]


def plans(statements):
    """EXPLAIN of those that read posts."""
    with db.engine.connect() as connection:
        return [
            "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))
            for statement, parameters in statements
            if "FROM posts" in statement
        ]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_100_000_posts_are_searched_by_index(app, make, session, signed_in):
    member = make.member()
    session.execute(FILL, {"member": member.id, "posts": POSTS})
    session.execute(AREAS, {"posts": POSTS})
    session.execute(TOKYO)
    session.execute(TABS)
    session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE posts")
        connection.exec_driver_sql("ANALYZE post_areas")
    browser = signed_in(member)
    path = "/board/posts/?searched=1&area=03&starts_on=2026/11/20&ends_on=2027/11/20&title="
    pages = {}

    def open_page(title):
        pages[title] = browser.page(path + title)

    # Four characters: 30-odd hits, found by index, by the very statements of the screen.
    statements = asked(lambda: open_page(WORD))
    found = session.scalar(select(db.func.count()).select_from(post_search.browse(member, CRITERIA).subquery()))
    assert HITS <= found <= HITS + 10
    assert f"(全{found}件)" in pages[WORD].text
    read = plans(statements)
    assert len(read) >= 2  # the count and the rows
    for plan in read:
        assert "Seq Scan on posts" not in plan, plan
    assert any("ix_posts_title_trigrams" in plan for plan in read)

    # Two characters have no trigram of their own: more is read, but with as many statements.
    start = real_time.monotonic()
    few = asked(lambda: open_page("太陽"))
    assert real_time.monotonic() - start < 5
    assert pages["太陽"].text.count("もっと見る") == ResourceView.page_size
    assert len(few) <= len(statements) + 1

    # The tabs read the table of areas ever posted, nothing else.
    [tabs] = asked(lambda: post_search.tabs(session))
    assert "posted_areas" in tabs[0]
    assert "FROM posts" not in tabs[0]
    assert [area.label for area in post_search.tabs(session)] == [area.label for area in Area]
