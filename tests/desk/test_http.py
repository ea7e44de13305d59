"""What the desk's pages answer without a browser's help: who may, with which token, under which headers."""

import re

import pytest

from bot.desk.router import desk_router
from bot.desk.sessions import SignedIn
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene
from tests.desk.visitor import Visitor

PUBLIC = {"sign_in_page", "sign_in", "code_page", "give_code", "first_use_page", "first_use"}


def test_every_page_but_the_entrance_asks_who_is_there() -> None:
    handlers = [
        handler
        for route in desk_router.routes
        for handler in route.route_handlers
        if handler.fn.__module__.startswith("bot.desk.page")
    ]
    names = {handler.fn.__name__ for handler in handlers}
    assert names >= PUBLIC | {"queue_page", "conversation_page", "reply", "live_events", "staff_page"}
    for handler in handlers:
        if handler.fn.__name__ not in PUBLIC:
            assert SignedIn in handler.fn.__annotations__.values(), handler.fn.__name__


@pytest.mark.parametrize("path", ["/desk", "/desk/rozmowa/0123abcd", "/desk/pracownicy"])
def test_strangers_are_sent_to_the_entrance(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/desk/logowanie")


def test_scripts_of_strangers_get_a_plain_no(visitor: Visitor) -> None:
    for path in ("/desk/zdarzenia", "/desk/sesja"):
        assert visitor.get(path).status_code == 401
    parts = visitor.get("/desk/kolejka", headers={"HX-Request": "true"})
    assert (parts.status_code, parts.headers["x-desk-reason"]) == (401, "sesja")


def test_pages_carry_a_strict_policy(office: Office, visitor: Visitor) -> None:
    visitor.sign_in(office.hire())
    for path in ("/desk", "/desk/logowanie", "/desk/rozmowa/brak"):
        headers = visitor.get(path, follow_redirects=True).headers
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
    page = visitor.get("/desk").text
    assert "<script>" not in page
    assert not re.search(r"\son\w+=", page)
    assert " style=" not in page


def test_the_session_cookie_is_kept_from_scripts_and_changes_at_sign_in(office: Office, visitor: Visitor) -> None:
    clerk = office.hire()
    first = visitor.sign_in(clerk)
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Secure" not in cookie
    before = visitor.cookies["mops_desk"]
    with Visitor(base_url=office.url, cookies={"mops_desk": before}) as second:
        assert second.get("/desk").status_code == 200
    visitor.post("/desk/wyloguj", data={"_csrf": visitor.token("/desk")})
    with Visitor(base_url=office.url, cookies={"mops_desk": before}) as second:
        assert second.get("/desk").status_code == 303
    visitor.sign_in(clerk)
    assert visitor.cookies["mops_desk"] != before


def test_nothing_is_done_without_the_sessions_own_token(office: Office, visitor: Visitor) -> None:
    me, other = office.hire(), office.hire()
    conversation = office.stage(Scene([Line("resident", "halo")], owner="waiting"))
    with Visitor(base_url=office.url) as stranger:
        stranger.sign_in(other)
        foreign = stranger.token("/desk")
        public = stranger.token("/desk/logowanie") if stranger.cookies.delete("mops_desk") is None else ""
    visitor.sign_in(me)
    path = f"/desk/rozmowa/{conversation}/przejmij"
    for data in ({}, {"_csrf": ""}, {"_csrf": "0" * 64}, {"_csrf": foreign}, {"_csrf": public}):
        assert visitor.post(path, data=data).status_code == 403
    good = {"_csrf": visitor.token("/desk")}
    cross = visitor.post(path, data=good, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403
    assert visitor.post(path, data=good).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/desk/rozmowa/ab12", "/desk/rozmowa/ab12"),
        ("https://zle.example", "/desk"),
        ("//zle.example", "/desk"),
        ("/desk/../inne", "/desk"),
        ("/desk\\zle", "/desk"),
        ("/deska", "/desk"),
        ("", "/desk"),
    ],
)
def test_sign_in_leads_only_into_the_desk(office: Office, visitor: Visitor, wanted: str, led: str) -> None:
    answer = visitor.sign_in(office.hire(), target=wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, led)


def test_wrong_passwords_then_a_lock_with_its_end(office: Office, visitor: Visitor) -> None:
    clerk = office.hire()
    for _ in range(5):
        answer = visitor.sign_in(clerk, "niedobre haslo tutaj")
        assert answer.status_code == 401
        assert "Nieprawidłowy login lub hasło." in answer.text
    locked = visitor.sign_in(clerk)
    assert locked.status_code == 429
    assert 0 < int(locked.headers["retry-after"]) <= 30
    assert "Następna próba będzie możliwa o" in locked.text


def test_only_administrators_see_accounts(office: Office, visitor: Visitor) -> None:
    visitor.sign_in(office.hire(role="coordinator"))
    assert visitor.get("/desk/pracownicy").status_code == 403
    assert visitor.post("/desk/pracownicy", data={"_csrf": visitor.token("/desk")}).status_code == 403


def test_without_scripts_a_clerk_can_claim_answer_and_close(office: Office, visitor: Visitor) -> None:
    clerk = office.hire("Jan")
    conversation = office.stage(Scene([Line("resident", "Czy jest <b>kasa</b> czynna?")], owner="waiting"))
    visitor.sign_in(clerk)
    path = f"/desk/rozmowa/{conversation}"
    token = {"_csrf": visitor.token(path)}
    assert visitor.post(f"{path}/przejmij", data=token).headers["location"] == path
    page = visitor.get(path).text
    assert "Czy jest &lt;b&gt;kasa&lt;/b&gt; czynna?" in page
    client_id = re.search(r'name="client_id" id="client-id" value="(\w+)"', page)
    assert client_id
    answer = token | {"client_id": client_id[1], "tresc": "Tak,\r\nod 10:30."}
    for _ in range(2):
        assert visitor.post(f"{path}/odpowiedz", data=answer).status_code == 303
    assert visitor.get(path).text.count("Tak,\nod 10:30.") == 1
    assert visitor.post(f"{path}/zakoncz", data=token).status_code == 303
    assert visitor.post(f"{path}/odpowiedz", data=answer | {"client_id": "x"}).status_code == 409
    assert "Rozmowa jest zakończona" in visitor.get(path).text


def test_answers_have_a_lower_and_an_upper_limit(office: Office, visitor: Visitor) -> None:
    clerk = office.hire()
    conversation = office.stage(Scene([Line("resident", "halo")], owner="staff", staff_id=clerk.id))
    visitor.sign_in(clerk)
    path = f"/desk/rozmowa/{conversation}/odpowiedz"
    token = {"_csrf": visitor.token("/desk"), "client_id": "a"}
    assert visitor.post(path, data=token | {"tresc": " \r\n "}).status_code == 422
    assert visitor.post(path, data=token | {"tresc": "a" * 4001}).status_code == 413
    assert visitor.post(path, data=token | {"tresc": "a" * 4000}).status_code == 303


def test_an_edited_repeat_of_a_sent_answer_says_that_the_first_one_went_out(office: Office, visitor: Visitor) -> None:
    clerk = office.hire()
    conversation = office.stage(Scene([Line("resident", "halo")], owner="staff", staff_id=clerk.id))
    visitor.sign_in(clerk)
    path = f"/desk/rozmowa/{conversation}/odpowiedz"
    headers = {"HX-Request": "true", "X-CSRF-Token": visitor.token("/desk")}
    first = visitor.post(path, data={"client_id": "a", "tresc": "Pierwsza"}, headers=headers)
    assert first.headers["x-desk-sent"] == "1"
    second = visitor.post(path, data={"client_id": "a", "tresc": "Poprawiona"}, headers=headers)
    assert "x-desk-sent" not in second.headers
    assert "Poprzednia wersja została już wysłana" in second.text
    assert "Poprawiona" not in second.text


def test_a_missing_conversation_is_said_in_polish(office: Office, visitor: Visitor) -> None:
    visitor.sign_in(office.hire())
    answer = visitor.get("/desk/rozmowa/nie-ma")
    assert answer.status_code == 404
    assert "ta rozmowa została usunięta" in answer.text


def test_an_address_that_leads_nowhere_is_said_in_polish_on_the_desk_only(visitor: Visitor) -> None:
    answer = visitor.get("/desk/nie-ma")
    assert answer.status_code == 404
    assert "Nie ma takiej strony" in answer.text
    assert visitor.get("/nie-ma").json()["detail"] == "Not Found"


def test_a_number_that_was_hidden_is_told_and_the_answer_counts_as_sent(office: Office) -> None:
    with office.enter("clerk") as clerk:
        scene = Scene([Line("resident", "halo")], owner="staff", staff_id=clerk.clerk.id)
        path = f"/desk/rozmowa/{office.stage(scene)}/odpowiedz"
        headers = {"HX-Request": "true", "X-CSRF-Token": clerk.form_token()}
        answer = {"client_id": "a", "tresc": "Wniosek dla numeru PESEL 44051401359"}
        for _ in range(2):
            sent = clerk.post(path, data=answer, headers=headers)
            assert sent.headers["x-desk-sent"] == "1"
            assert "Wysłano z ukrytym numerem" in sent.text
            assert "44051401359" not in sent.text
            assert sent.text.count("[ukryto: numer PESEL]") == 1


def test_static_files_are_kept_for_long_under_their_contents_name(visitor: Visitor) -> None:
    page = visitor.get("/desk/logowanie").text
    address = re.search(r'href="(/desk/static/\w+/css/base\.css)"', page)
    assert address
    answer = visitor.get(address[1])
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert visitor.get(address[1].replace("base.css", "../../router.py")).status_code == 404
