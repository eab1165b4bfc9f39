"""用語: the Japanese name of every field and status as the manuals' screens print them.

Screens, messages, the audit trail and CSV all read them from here: a term is changed in one line.
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from domain.operators import LICENCES, PARTICIPATIONS
from domain.posts import SIDES

SYSTEM = "容量市場システム"
BOARD = "発電設備等の情報掲示板"

PASSWORD_HINT = "英大文字, 英小文字, 数字, 記号の中から3種類以上含む半角8文字以上20文字以下"  # noqa: S105 - a hint

SECRET_SHOWN = "（入力したパスワード）"  # noqa: S105 - what 確認画面 shows instead

# Hints are part of the interface (XC-008).
HINT_ALNUM = "半角英数字で入力してください。"
HINT_TEXT = "全角または半角文字で入力してください。"
HINT_DIGITS = "半角数字で入力してください。"
HINT_MAIL = "正しいメールアドレスを入力してください。"
HINT_DATE = "yyyy/mm/dd形式で入力してください。"
HINT_INSTANT = "yyyy/mm/dd hh:mm形式で入力してください。"
HINT_ENABLED_SEARCH = "有効/無効を絞り込みたい場合は、チェックしてください。(複数チェック可)"
HINT_ENABLED = "有効/無効を指定してください。"
HINT_FILES = "PDF、PNG、JPEG、XLSX、DOCX、CSV、TXTを1件20MiBまで、10件まで添付できます。"
HINT_SECOND = "yyyy/mm/dd hh:mm:ss形式（日本時間）で入力してください。"
HINT_OPERATOR = "事業者コード（4文字）を入力してください。広域機関の証明書は「OCCTO」と入力してください。"
HINT_SERIAL = "16進数（0～9、A～F）で入力してください。空白、コロン、先頭の0xと00は除かれます。"
HINT_ISSUER = "CN=…,O=…,C=… の形式で入力してください。Windowsの証明書の画面から貼り付けることもできます。"
HINT_CERTIFICATE_FILE = (
    "ファイル（.cerまたは.pem、100KBまで）を選択して[ファイルから読み取る]をクリックすると、発行者、シリアル番号、"
    "有効期間が入力されます。秘密鍵を含むファイル（.p12、.pfx）は使用できません。"
)
HINT_ROLE = "権限区分を指定してください。"

SIGN_IN = {"login_id": "ユーザID", "password": "パスワード"}
BOARD_SIGN_IN = {"login_id": "ID", "password": "パスワード"}
PASSWORD = {
    "current": "現在のパスワード",
    "new": "新しいパスワード",
    "again": "新しいパスワード (確認)",
}

ACCOUNT = {
    "login_id": "ユーザID",
    "name": "ユーザ名",
    "email": "メールアドレス",
    "enabled": "有効/無効",
    "valid_from": "適用開始日",
    "valid_to": "適用終了日",
    "is_locked": "ユーザロック",
    "is_deleted": "削除状態",
    "with_deleted": "削除済みの情報を表示",
    "department": "所属部署",
    "temporary_until": "有効期限",
}
USER = ACCOUNT | {  # #020 3章④
    "role": "権限区分",
    "operator.code": "事業者コード",
    "operator_code": "事業者コード",
    "operator.name": "参加登録申請者名",
    "phone": "電話番号",
}
REPLACE_HEADINGS = ("退任する管理者", "後任の管理者")
REGISTRATION = {  # 発電設備等の情報掲示板利用マニュアル 2.1②
    "login_id": "ID",
    "password": "パスワード",
    "category": "区分",
    "email": "メールアドレス",
    "email2": "メールアドレス２",
    "postal_code": "郵便番号",
    "prefecture": "都道府県",
    "address": "住所",
    "building": "建物名",
    "phone": "電話番号",
    "fax": "FAX番号",
    "mobile": "携帯電話",
    "name": "お名前",
    "kana": "フリガナ",
    "company": "勤務先会社名",
    "company_address": "勤務先住所",
    "company_phone": "勤務先電話番号",
    "agreed": "規約に同意",
    "challenge": "画像認証",
    "review_state": "状態",
    "state": "状態",
    "applied_at": "申込日時",
    "terms_version": "同意した規約の版",
    "mail_flagged": "プロバイダ等のメール",
}
REGISTRATION_SECTIONS = {
    "login_id": "ID情報",
    "postal_code": "担当者情報",
    "company": "勤務先情報",
    "agreed": "利用規約",
}
CATEGORY = "一般"
REASON = "否認の理由"
LIVE_MEMBER, DELETED_MEMBER = "会員", "削除済みの会員"
SAME_ADDRESS = "同上"
HINT_BOARD_ID = "重複しないよう8桁以上の半角英数字で入力してください。登録後は変更できません。"
HINT_BOARD_PASSWORD = "半角英数字の組み合わせで、8桁以上を設定してください。"  # noqa: S105 - a hint
HINT_WORK_MAIL = "有効なメールアドレスを入力してください。フリーメールのアドレスは使用できません。"
HINT_OPTIONAL = "任意です。"
HINT_ASSISTED_POSTAL = "ハイフンなしの半角数字7桁で入力し、[住所自動入力]をクリックすると、住所の一部が入力されます。"
HINT_CHOOSE = "選択してください。"
HINT_FULL_WIDTH = "全角文字で入力してください。"
HINT_ADDRESS = "市区町村、町名、番地を全角文字で入力してください。"
HINT_BUILDING = "全角文字で入力してください（任意）。"
HINT_PHONE = "例）03-1234-5678"
HINT_PHONE_OPTIONAL = "例）03-1234-5678（任意）"
HINT_MOBILE = "例）090-1234-5678（任意）"
HINT_KANA = "全角カタカナで入力してください。"
HINT_COMPANY_ADDRESS = "全角文字で入力してください。担当者情報の住所と同じ場合は「同上」と入力してください。"
HINT_COMPANY_PHONE = "担当者情報の電話番号と異なる場合は入力してください。例）03-1234-5678"
HINT_AGREED = (
    "利用規約を必ずお読みのうえ、規約に同意し、入力情報の正確性を担保できる場合にチェックを入れてください。"
    "チェックがない場合は登録できません。"
)
HINT_CHALLENGE = (
    "画像の数字6桁を入力してください。画像が読み取れない場合は、音声を再生してください（英語で数字を読み上げます）。"
)
PASSWORD_HINTS = {  # by entrance
    "market": PASSWORD_HINT,
    "board": HINT_BOARD_PASSWORD,
}
MEMBER = ACCOUNT | {
    "login_id": "ID",
    "name": "お名前",
    "company": "勤務先会社名",
    "registration.company": "勤務先会社名",
    "registration.kana": "フリガナ",
    "registration.phone": "電話番号",
    "registration.email2": "メールアドレス２",
    "market_operator.code": "事業者コード",
    "market_operator_id": "事業者コード",
    "operator_code": "事業者コード",
    "is_frozen": "凍結",
    "is_signed_in": "ログイン状態",
    "created_at": "登録日時",
    "deleted_at": "削除日時",
    "is_live": "有効/無効",
}
MAIL_DOMAIN = {"domain": "メールドメイン", "rule": "扱い", "created_at": "登録日時"}
HINT_RULE = (
    "フリーメールと使い捨てメールは、新規登録で拒否します。プロバイダ等（携帯電話会社を含む）は、審査で表示します。"
)
HINT_DOMAIN = "メールアドレスの@より後ろを入力してください。サブドメインにも適用されます。"
STAFF = ACCOUNT | {"rights": "権限区分", "is_signed_in": "ログイン状態"}
STORED = {"deleted_at": "削除日時", "files": "添付ファイル"}  # columns only 操作履歴 shows
INTERNAL = {"operator_id", "kind", "id", "is_live"}  # kept in 操作履歴, shown nowhere: numbers and codes of ours
# The fields of an account as its screens order them.
ORDER = (
    "login_id", "role", "rights", "department", "name", "phone", "email", "enabled", "valid_from", "valid_to",
)  # fmt: skip
OPERATOR = {
    "code": "事業者コード",
    "long_code": "事業者コード（5桁）",
    "area": "エリアコード",
    "name": "参加登録申請者名",
    "short_name": "事業者名略称",
    "licence": "ライセンス区分",
    "participation": "参加区分",
    "postal_code": "郵便番号",
    "address": "住所",
    "contact_department": "連絡者所属",
    "contact_name": "連絡者氏名",
    "contact_phone": "連絡者電話番号",
    "contact_email": "連絡者メールアドレス",
    "recipients": "担当者情報",
    "is_withdrawn": "状態",
    "withdrawn_at": "退出日時",
    "created_at": "登録日時",
}
RECIPIENT = {"name": "担当者{}氏名", "email": "担当者{}メールアドレス"}
FIRST_ADMIN = {
    "department": "管理者{}所属部署",
    "name": "管理者{}ユーザ名",
    "phone": "管理者{}電話番号",
    "email": "管理者{}メールアドレス",
}
HINT_SHORT_NAME = "10文字以内で、末尾に「_容」を付けて入力してください。"
HINT_POSTAL = "ハイフンなしの半角数字7桁で入力してください。"
HINT_AREA = "5桁の事業者コードの5桁目です。"
NOTICE = {  # #010 5章(1)③
    "number": "お知らせID",
    "title": "タイトル",
    "body": "本文",
    "period": "表示期間",
    "shown_from": "表示期間（開始）",
    "shown_to": "表示期間（終了）",
    "day": "表示日",
    "to_whom": "公開先の指定",
    "audience": "公開先",
    "operator_codes": "公開先の事業者コード",
    "role": "公開先の権限区分",
    "pinned": "お知らせ一覧の先頭に固定する",
    "by_mail": "公開時にメールで知らせる",
    "state": "状態",
    "files": "添付ファイル",
    "created_at": "登録日時",
}
AUDIENCES = {"everyone": "すべての事業者", "operators": "事業者を指定", "role": "権限区分を指定"}
HINT_HOUR = "yyyy/mm/dd hh:00形式（1時間単位）で入力してください。"
HINT_BODY = "Markdownで入力できます（# 見出し、- 箇条書き、**強調**、[文字](https://…) など）。"
HINT_CODES = "公開先が「事業者を指定」の場合に、事業者コードを空白またはカンマで区切って入力してください。"
TABLE = "表"  # of a text: what a screen reader calls it
FILES = "添付ファイル一覧"
FILE_COLUMNS = ("No.", "添付ファイル名")
AUDIT = {
    "at": "日時",
    "day_from": "日付（開始）",
    "day_to": "日付（終了）",
    "actor_login_id": "実行者ID",
    "actor_name": "実行者名",
    "event": "操作",
    "target": "対象",
    "result": "結果",
    "address": "接続元",
    "request_no": "リクエスト番号",
    "detail": "詳細",
    "changes": "変更内容",
}


AUDIT_DETAIL = {
    "issuer": "発行者",
    "serial": "シリアル番号",
    "typed_id": "入力されたID",
    "failures": "連続失敗回数",
    "rows": "件数",
    "method": "リクエスト方法",
    "path": "アドレス",
}


class Tone(Enum):
    """How a status looks; the word alone carries the meaning."""

    GOOD = "ok"
    BAD = "ng"
    SOON = "wa"  # nothing is wrong yet
    QUIET = "ne"


class Status(NamedTuple):
    word: str
    icon: str
    tone: Tone


# field -> value -> how it is written. Lists, details, forms, audit and CSV use the same words (USR-025).
STATUS: dict[str, dict[object, Status]] = {
    "enabled": {
        True: Status("有効", "●", Tone.GOOD),
        False: Status("無効", "○", Tone.QUIET),
    },
    "is_locked": {
        True: Status("ロック中", "■", Tone.BAD),
        False: Status("利用可能", "―", Tone.QUIET),
    },
    "is_frozen": {
        True: Status("凍結中", "■", Tone.BAD),
        False: Status("なし", "―", Tone.QUIET),
    },
    "mail_flagged": {True: Status("該当", "▲", Tone.BAD), False: Status("なし", "", Tone.QUIET)},
    "rule": {
        "free": Status("フリーメール", "×", Tone.BAD),
        "disposable": Status("使い捨てメール", "×", Tone.BAD),
        "flagged": Status("プロバイダ等", "▲", Tone.QUIET),
    },
    "is_deleted": {
        True: Status("削除済", "×", Tone.QUIET),
        False: Status("未削除", "", Tone.QUIET),
    },
    "is_withdrawn": {
        True: Status("退出済", "×", Tone.QUIET),
        False: Status("参加中", "●", Tone.GOOD),
    },
    "is_signed_in": {
        True: Status("ログイン中", "●", Tone.GOOD),
        False: Status("ログインなし", "―", Tone.QUIET),
    },
    "state": {
        "waiting": Status("送信待ち", "◆", Tone.QUIET),
        "sent": Status("送信済", "✓", Tone.GOOD),
        "dead": Status("送信不可", "×", Tone.BAD),
        # of an お知らせ: domain.notices
        "draft": Status("下書き", "○", Tone.QUIET),
        "published": Status("公開", "●", Tone.GOOD),
        "withdrawn": Status("取下げ", "×", Tone.QUIET),
    },
    "review_state": {  # domain.review
        "applied": Status("審査待ち", "○", Tone.QUIET),
        "in_review": Status("審査中", "◆", Tone.QUIET),
        "approved": Status("承認", "●", Tone.GOOD),
        "rejected": Status("否認", "×", Tone.BAD),
        "revoked": Status("否認（承認後）", "×", Tone.BAD),
        "withdrawn": Status("削除済", "×", Tone.QUIET),
    },
    "phase": {  # of a メンテナンス: domain.maintenance
        "planned": Status("予告前", "○", Tone.QUIET),
        "announced": Status("予告中", "◆", Tone.QUIET),
        "running": Status("実施中", "■", Tone.BAD),
        "over": Status("終了", "✓", Tone.GOOD),
        "cancelled": Status("取消", "×", Tone.QUIET),
    },
    "pinned": {True: Status("する", "", Tone.QUIET), False: Status("しない", "", Tone.QUIET)},
    "yearly": {True: Status("する", "", Tone.QUIET), False: Status("しない", "", Tone.QUIET)},
    "by_mail": {True: Status("する", "", Tone.QUIET), False: Status("しない", "", Tone.QUIET)},
    "certificate_state": {
        "valid": Status("有効", "●", Tone.GOOD),
        "expiring": Status("期限間近", "▲", Tone.SOON),
        "early": Status("有効期間前", "○", Tone.QUIET),
        "expired": Status("期限切れ", "■", Tone.BAD),
        "withdrawn": Status("取下げ", "×", Tone.QUIET),
    },
    "result": {
        "ok": Status("成功", "●", Tone.GOOD),
        "refused": Status("拒否", "×", Tone.BAD),
    },
}
MAIL_STATES = {v: STATUS["state"][v].word for v in ("waiting", "sent", "dead")}
NOTICE_STATES = {v: STATUS["state"][v].word for v in ("draft", "published", "withdrawn")}
ENABLED_CHOICES = {"1": STATUS["enabled"][True].word, "0": STATUS["enabled"][False].word}

# What happened, as 操作履歴 writes it. The keys are stored.
EVENTS = {
    "sign_in:ok": "ログイン",
    "sign_in:failed": "ログイン失敗",
    "sign_in:locked": "ログイン拒否（ロック中）",
    "sign_in:expired": "ログイン拒否（仮パスワード期限切れ）",
    "sign_in:certificate": "ログイン拒否（クライアント証明書）",
    "account:lock": "アカウントロック",
    "account:unlock": "ユーザロック解除",
    "account:reissue": "パスワード再発行",
    "password:change": "パスワード変更",
    "password:wrong": "パスワード変更失敗（現在のパスワード不一致）",
    "session:logout": "ログアウト",
    "session:displaced": "多重ログインによるセッション終了",
    "session:replaced": "別アカウントのログインによるセッション終了",
    "session:idle": "無操作によるセッション終了",
    "session:expired": "最長時間によるセッション終了",
    "session:shut_out": "利用停止によるセッション終了",
    "session:ended": "管理者によるセッション終了",
    "session:certificate": "クライアント証明書の不一致または取下げによるセッション終了",
    "access:forbidden": "権限のない操作",
    "user:register": "ユーザ情報の登録",
    "user:change": "ユーザ情報の変更",
    "user:delete": "ユーザ情報の削除",
    "user:replace_admin": "管理者交代",
    "user:export": "ユーザ情報一覧CSV出力",
    "audit:export": "操作履歴CSV出力",
    "mail:resend": "メールの再送",
    "operator:register": "事業者の登録",
    "operator:change": "事業者の変更",
    "operator:withdraw": "事業者の退出",
    "operator:reinstate": "事業者の退出の取消",
    "notice:register": "お知らせの登録",
    "notice:change": "お知らせの変更",
    "notice:publish": "お知らせの公開",
    "notice:withdraw": "お知らせの取下げ",
    "staff:register": "職員情報の登録",
    "staff:change": "職員情報の変更",
    "maintenance:register": "メンテナンスの登録",
    "maintenance:change": "メンテナンスの変更",
    "maintenance:cancel": "メンテナンスの取消",
    "file:upload": "ファイルの添付",
    "file:discard": "保存前の添付ファイルの削除",
    "certificate:register": "クライアント証明書の登録",
    "certificate:change": "クライアント証明書の変更",
    "certificate:withdraw": "クライアント証明書の取下げ",
    "certificate:assign": "未登録証明書の割当",
    "registration:submit": "情報掲示板の利用申込",
    "registration:claim": "利用申込の審査開始",
    "registration:approve": "利用申込の承認",
    "registration:reject": "利用申込の否認",
    "post:submit": "掲載の申込",
    "post:claim": "掲載の審査開始",
    "post:approve": "掲載の承認",
    "post:reject": "掲載の否認",
    "post:delete": "掲載の削除",
    "member:reissue": "会員のパスワード再設定",
    "member:delete": "会員のIDの削除",
    "member:bind": "会員と事業者コードの対応付け",
    "phrase:register": "定型文の登録",
    "phrase:change": "定型文の変更",
    "phrase:delete": "定型文の削除",
    "domain:register": "メールドメインの登録",
    "domain:change": "メールドメインの変更",
    "domain:delete": "メールドメインの削除",
    "closure:register": "休業日の登録",
    "closure:change": "休業日の変更",
    "closure:delete": "休業日の削除",
    "seed:load": "デモデータの登録",
}
MAIL_LINES = {"login_id": "ユーザID", "name": "ユーザ名"}
MAIL_LINES_OF_BOARD = {"login_id": "ID", "name": "お名前"}
MAIL_EVENTS = {
    "USR-REG": "ユーザ情報の登録",
    "USR-CHG": "ユーザ情報の変更",
    "USR-DEL": "ユーザ情報の削除",
    "USR-UNL": "ユーザロック解除",
    "USR-RPW": "パスワード再発行",
    "STF-REG": "職員情報の登録",
    "STF-RPW": "職員のパスワード再発行",
    "OPR-REG": "事業者情報の登録",
    "OPR-CHG": "管理者交代（後任者）",
    "OPR-END": "管理者交代（退任者）",
    "NOT-PUB": "お知らせの公開",
    "CRT-EXP": "クライアント証明書の期限の通知",
    "BBS-RCV": "情報掲示板の利用申込の受付",
    "BBS-APR": "情報掲示板の利用申込の承認",
    "BBS-REJ": "情報掲示板の利用申込の否認",
    "BBS-PAP": "掲載の承認",
    "BBS-PRJ": "掲載の否認",
    "BBS-RPW": "情報掲示板のパスワード再設定",
    "BBS-DEL": "情報掲示板のIDの削除",
    "BBS-EXP": "掲載期間の終了",
}
MAIL = {
    "created_at": "登録日時",
    "day_from": "日付（開始）",
    "day_to": "日付（終了）",
    "event": "メール種別",
    "recipient": "宛先",
    "subject": "件名",
    "state": "送信状態",
    "attempts": "送信回数",
    "due_at": "次回送信予定",
    "sent_at": "送信日時",
    "last_error": "エラー内容",
    "body": "本文",
}
MAINTENANCE = {
    "announced_from": "予告開始日時",
    "starts_at": "開始日時",
    "ends_at": "終了予定日時",
    "text": "お知らせ文",
    "phase": "状態",
    "cancelled_at": "取消日時",
    "day_from": "開始日（から）",
    "day_to": "開始日（まで）",
}
NO_END = "未定"  # of a メンテナンス without 終了予定日時
CERTIFICATE = {
    "operator_code": "事業者コード",
    "operator.code": "事業者コード",
    "owner": "参加登録申請者名",
    "issuer": "発行者",
    "serial": "シリアル番号",
    "valid_from": "有効期間（開始）",
    "valid_to": "有効期間（終了）",
    "certificate_state": "状態",
    "note": "備考",
    "withdrawn_at": "取下げ日時",
    "created_at": "登録日時",
    "file": "証明書ファイル",
    "decimal": "シリアル番号（10進数）",
    "seen_at": "最終接続日時",
    "times": "接続回数",
}

POST = {  # 情報掲示板 ■掲載
    "id": "掲載番号",
    "starts_on": "開始日",
    "ends_on": "終了日",
    "period": "掲載期間",
    "title": "タイトル",
    "side": "希望の区分",
    "company": "事業者名",
    "contact": "問合せ先",
    "person": "問合せ先 担当者名",
    "email": "問合せ先 メールアドレス",
    "phone": "問合せ先 電話番号",
    "areas": "電源所在エリア",
    "area_names": "電源所在エリア",
    "remarks": "任意記載事項",
    "body": "電源情報 (本文)",
    "beginning": "電源情報",
    "reason": "否認理由",
    "review_state": "状態",
    "is_over": "掲載期間終了",
    "with_ended": "掲載期間終了分も表示",
    "member.login_id": "会員ID",
    "login_id": "会員ID",
    "member.company": "会員の会社名",
    "phase": "掲載期間の状況",
    "reminded": "削除依頼メールの送信回数",
    "applied_at": "申込日時",
    "area": "エリア",
}
POST_PHASES = {
    "": "（指定なし）",
    "open": "掲載中",
    "early": "掲載前",
    "over": "掲載期間終了",
    "cleanup": "掲載期間終了（削除の対象）",
}
HINT_STARTS_ON = "yyyy/mm/dd形式で、当日以降の日付を入力してください。"
HINT_ENDS_ON = "yyyy/mm/dd形式で入力してください。1年を目安に指定してください。"
HINT_POST_TITLE = "平易なタイトルを付けてください。例）発電設備の売り希望（東京エリア）"
HINT_COMPANY = "正式名称で入力してください。"
HINT_PERSON = "売買の担当者名を入力してください。"
HINT_CONTACT = "メールアドレスまたは電話番号を入力してください。個人のアドレス以外のメーリングリスト等を推奨します。"
HINT_AREAS = "電源が所在するエリアを選択してください。（任意、複数選択可）"
HINT_REMARKS = "伝達したい事項を簡潔に入力してください。（任意）"
HINT_POST_BODY = (
    "情報掲載用テンプレートに記入した文章を、そのまま貼り付けられます。"
    "「電源情報を項目ごとに入力する」のどれかに入力がある場合は、その内容を掲載します。"
)
REVIEW = {
    "number": "申請番号",
    "kind": "種類",
    "title": "件名",
    "applicant": "申請者",
    "submitted_at": "申請日時",
    "due_on": "期限",
    "due": "期限",
    "review_state": "状態",
    "state": "状態",
    "who": "担当",
    "claimed_by": "担当",
    "decided_by": "審査者",
    "decided_at": "審査日時",
    "order": "表示順",
    "text": "申請番号・件名・申請者",
    "action": "審査結果",
    "reason": "理由",
}
REVIEW_STATES = {"": "審査待ち・審査中", "decided": "審査済"}
REVIEW_WHO = {"": "すべて", "mine": "自分", "nobody": "未着手"}
REVIEW_DUE = {"": "すべて", "over": "期限超過", "today": "本日期限", "soon": "あと1営業日"}
REVIEW_ORDERS = {"due": "期限の近い順", "newest": "新しい順"}
REVIEW_ACTIONS = {"approve": "承認", "reject": "否認"}
PHRASE = {"place": "表示順", "text": "定型文", "created_at": "登録日時"}
HINT_PLACE = "小さい番号から順に表示します。"
CLOSURE = {
    "name": "名称",
    "starts_on": "開始日",
    "ends_on": "終了日",
    "yearly": "毎年",
    "created_at": "登録日時",
}


# table -> the names of its fields, for 操作履歴 and 履歴.
OF_TABLE: dict[str, Mapping[str, str]] = {
    "accounts": USER | STAFF | STORED,
    "operators": OPERATOR,
    "notices": NOTICE,
    "maintenance": MAINTENANCE,
    "client_certificates": CERTIFICATE | STORED,
    "registrations": REGISTRATION,
    "mail_domains": MAIL_DOMAIN,
    "posts": POST,
    "phrases": PHRASE,
    "closures": CLOSURE,
}

# field -> stored code -> how it is written, of what is no status.
CODES: dict[str, Mapping[str, str]] = {
    "licence": LICENCES,
    "participation": {p.value: word for p, word in PARTICIPATIONS.items()},
    "audience": AUDIENCES,
    "side": {side.value: word for side, word in SIDES.items()},
}


def word(field: str, value: object) -> str | None:
    """The word of a stored `value`, or None if `field` has no list of words."""
    if not isinstance(value, (bool, str)):
        return None
    status = STATUS.get(field, {}).get(value)
    if status:
        return status.word
    return CODES.get(field, {}).get(value) if isinstance(value, str) else None
