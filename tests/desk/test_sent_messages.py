"""Correcting, taking back and quoting over HTTP: only one's own, only where the channel takes it."""

import re

import pytest

from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene
from tests.desk.visitor import Visitor

HTMX = {"HX-Request": "true"}


def held(office: Office, visitor: Visitor, *lines: Line, channel: str = "web") -> str:
    scene = Scene(
        list(lines) or [Line("resident", "Kiedy kasa?"), Line("staff", "O 10:00.")],
        owner="staff",
        staff_id=visitor.clerk.id,
        channel=channel,
    )
    return f"/desk/rozmowa/{office.stage(scene)}"


def entry(visitor: Visitor, path: str, seq: int) -> str:
    found = re.search(rf'<li class="wpis[^"]*"[^>]*data-seq="{seq}">.*?</li>', visitor.get(path).text, re.DOTALL)
    assert found
    return found[0]


def test_a_correction_is_stored_beside_the_first_text(office: Office) -> None:
    with office.enter("clerk") as anna:
        path = held(office, anna)
        assert "O 10:00.</textarea>" in anna.get(f"{path}/okno/popraw?seq=2", headers=HTMX).text
        assert anna.submit(f"{path}/popraw", seq="2", tresc="   ").status_code == 422
        assert anna.submit(f"{path}/popraw", seq="2", tresc="x" * 5000).status_code == 413
        assert anna.submit(f"{path}/popraw", seq="2", tresc="O 10:30.").status_code == 303
        shown = entry(anna, path, 2)
        assert "przed zmianą:</span> O 10:00." in shown
        assert "O 10:30." in shown


def test_what_was_taken_back_cannot_be_changed_again(office: Office) -> None:
    with office.enter("clerk") as anna:
        path = held(office, anna)
        assert anna.submit(f"{path}/cofnij", seq="2").status_code == 303
        assert "wiadomość cofnięta" in entry(anna, path, 2)
        for action, values in (("cofnij", {}), ("popraw", {"tresc": "Jednak nie."})):
            answer = anna.submit(f"{path}/{action}", seq="2", **values)
            assert answer.status_code == 409
            assert "została wcześniej cofnięta" in answer.text
        assert anna.get(f"{path}/okno/popraw?seq=2", headers=HTMX).status_code == 404


@pytest.mark.parametrize("seq", ["1", "", "-1", "99", "9" * 30, "x"])
def test_nothing_but_an_own_message_can_be_taken_back(office: Office, seq: str) -> None:
    with office.enter("clerk") as anna:
        path = held(office, anna)
        assert anna.submit(f"{path}/cofnij", seq=seq).status_code == 409
        assert "wpis-cofniety" not in anna.get(path).text


def test_a_colleagues_message_stays_as_it_is(office: Office) -> None:
    with office.enter("clerk") as anna, office.enter("coordinator", "Ewa") as ewa:
        path = held(office, anna)
        for action in ("cofnij", "popraw"):
            answer = ewa.submit(f"{path}/{action}", seq="2", tresc="Inaczej.")
            assert (answer.status_code, "która ją napisała" in answer.text) == (409, True)
        assert ewa.get(f"{path}/okno/popraw?seq=2", headers=HTMX).status_code == 409
        assert "Cofnij" not in entry(ewa, path, 2)
        assert "O 10:00." in entry(anna, path, 2)


@pytest.mark.parametrize(
    ("channel", "delivery", "why"),
    [
        ("rest", None, "Ten kanał nie pozwala"),
        ("telegram", "unknown", "Nie wiadomo, czy ta wiadomość dotarła"),
    ],
)
def test_why_a_channel_takes_nothing_back_is_said(
    office: Office, channel: str, delivery: str | None, why: str
) -> None:
    with office.enter("clerk") as anna:
        path = held(office, anna, Line("staff", "O 10:00.", delivery=delivery), channel=channel)
        assert why in entry(anna, path, 1)
        answer = anna.submit(f"{path}/cofnij", seq="1")
        assert (answer.status_code, why in answer.text) == (409, True)


def test_what_failed_and_was_taken_back_is_not_sent_again(office: Office) -> None:
    with office.enter("clerk") as anna:
        path = held(office, anna, Line("staff", "O 10:00.", delivery="failed"), channel="telegram")
        again = re.search(rf"{path}/ponow/\w+", entry(anna, path, 1))
        assert again
        anna.submit(f"{path}/cofnij", seq="1")
        assert "ponow" not in entry(anna, path, 1)
        assert anna.submit(again[0]).status_code == 409


def test_an_answer_quotes_a_message_of_the_conversation_only(office: Office) -> None:
    with office.enter("clerk") as anna:
        path = held(office, anna)
        anna.submit(f"{path}/odpowiedz", tresc="O 10:30.", client_id="1", cytat="1")
        assert '<blockquote class="wpis-cytat">Kiedy kasa?</blockquote>' in entry(anna, path, 3)
        for number, seq in enumerate(["77", "abc", "9" * 30], start=2):
            sent = anna.submit(f"{path}/odpowiedz", tresc="Dobrze.", client_id=str(number), cytat=seq)
            assert sent.status_code == 303
            assert "blockquote" not in entry(anna, path, number + 2)


def test_sending_offers_to_undo_where_the_channel_can(office: Office) -> None:
    with office.enter("clerk") as anna:
        for channel, offered in (("web", True), ("rest", False)):
            path = held(office, anna, channel=channel)
            data = {"tresc": "Dobrze.", "client_id": "1", "_csrf": anna.form_token()}
            parts = anna.post(f"{path}/odpowiedz", data=data, headers=HTMX).text
            assert ("<span>Wysłano.</span>" in parts) is offered
