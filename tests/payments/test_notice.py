"""Every row of the table that decides about a notice."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.kernel import SecretId
from domain.payments.events import NoticeHeard, NoticeTakenUpAgain
from domain.payments.notice import NOTICE, Hear, TakeUpAgain
from tests.given import about
from tests.proves import proves

given = about(NOTICE)

MADE = datetime(2027, 6, 30, tzinfo=UTC)
WHAT = ("sandbox", "charge", "r", "one", MADE, SecretId("raw"))


@proves("pay.webhooks")
def test_a_notice_is_heard_once() -> None:
    given().when(Hear(*WHAT)).then(NoticeHeard(*WHAT))
    given(NoticeHeard(*WHAT)).when(Hear(*WHAT)).then()
    given(NoticeHeard(*WHAT)).when(TakeUpAgain(1)).then(NoticeTakenUpAgain(1))
    given(NoticeHeard(*WHAT), NoticeTakenUpAgain(1)).when(TakeUpAgain(1)).then()
    given().when(TakeUpAgain(1)).then()
