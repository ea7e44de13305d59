"""Masking: numbers that may not be kept are hidden, numbers that are needed are not."""

import random
import string
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.pl import pesel as pesel_number

from bot.safety.masking import mask

PESEL = "44051401359"
NRB = "61109010140000071219812874"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"mój pesel {PESEL} i co dalej", ("pesel",)),
        ("440514 01359", ("pesel",)),
        ("44-05-14-01359", ("pesel",)),
        ("4 4 0 5 1 4 0 1 3 5 9", ("pesel",)),
        ("02211307589", ("pesel",)),
        ("PESEL: 44051401350 (z błędem)", ("pesel",)),
        ("pesel mamy to 44051401350", ("pesel",)),
        ("dowód ABA300000", ("id_card",)),
        ("aba300000", ("id_card",)),
        ("ABA 300000", ("id_card",)),
        ("ABA-300 000", ("id_card",)),
        ("nr dowodu aba 300000", ("id_card",)),
        (NRB, ("account",)),
        (f"PL{NRB}", ("account",)),
        ("pl 61 1090 1014 0000 0712 1981 2874 proszę", ("account",)),
        ("61-1090-1014-0000-0712-1981-2874", ("account",)),
        ("61\u00a01090\u00a01014\u00a00000\u00a00712\u00a01981\u00a02874", ("account",)),
        ("konto 61109010140000071219812875", ("account",)),
        ("IBAN UA213223130000026007233566001", ("account",)),
        ("DE89 3704 0044 0532 0130 00 to konto syna", ("account",)),
        ("4111 1111 1111 1111", ("payment_card",)),
        ("4111-1111-1111-1111", ("payment_card",)),
        ("karta 5555555555554444 visa", ("payment_card",)),
        ("3782 822463 10005", ("payment_card",)),
        (f"{PESEL}, konto {NRB}, jeszcze raz {PESEL}", ("pesel", "account")),
    ],
)
def test_hidden(text: str, kinds: tuple[str, ...]) -> None:
    masked = mask(text)
    assert masked.kinds == kinds
    assert not [run for run in masked.text.split() if sum(c.isdigit() for c in run) > 3]
    assert mask(masked.text) == type(masked)(masked.text, ())


def test_the_rest_of_the_message_stays() -> None:
    assert (
        mask(f"Jan, pesel {PESEL}, tel. 68 411 50 00").text == "Jan, pesel [ukryto: numer PESEL], tel. 68 411 50 00"
    )
    assert mask("DE89 3704 0044 0532 0130 00 to konto").text == "[ukryto: numer konta] to konto"


@pytest.mark.parametrize(
    "text",
    [
        "68 411 50 00",
        "684115000",
        "+48 68 411 50 00",
        "+48684115000",
        "0048684115000",
        "48684115000",
        "(68) 411 51 00 – 09",
        "68 411 51 00, 68 411 51 01, 68 411 51 02",
        "501 234 567 i 601234567",
        "684115000 601234567",
        "tel 684115",
        "TEL 684 115 000",
        "MOPS.DŚ.4020.12.2020",
        "DŚ.4020.123.2020",
        "ZS.5212.105.2021",
        "sprawa 20261234",
        "16.03.2020",
        "2020-03-16 10:30-14:00",
        "Dz.U. z 2020 r. poz. 433, art. 100",
        "ul. Długa 13, 65-401 Zielona Góra",
        "1 234 567,89 zł",
        "/jep62f01ky/SkrytkaESP",
        "123e4567-e89b-12d3-a456-426614174000",
        "44051401358",
        "61109010140000071219812875",
        "4111 1111 1111 1112",
        "ABA300001",
        "blok 300000",
        "1600000000000",
        "dom 12 klatka 3",
        "",
    ],
)
def test_left_alone(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).kinds == ()


births = st.dates(date(1905, 1, 1), date(2026, 1, 1))
gaps = st.sampled_from(["", " ", "-"])


def pesel_of(born: date, serial: int) -> str:
    month = born.month + (20 if born.year >= 2000 else 0)
    body = f"{born.year % 100:02d}{month:02d}{born.day:02d}{serial:04d}"
    return body + pesel_number.calc_check_digit(body)


@given(births, st.integers(0, 9999), gaps, st.text(string.ascii_letters + " ,.", max_size=20))
def test_every_pesel_is_hidden(born: date, serial: int, gap: str, around: str) -> None:
    number = pesel_of(born, serial)
    typed = number[:6] + gap + number[6:]
    masked = mask(f"{around} {typed} {around}")
    assert masked.kinds == ("pesel",)
    assert number[-5:] not in masked.text


@given(st.integers(10**23, 10**24 - 1), st.sampled_from(["", "PL", "pl "]), st.sampled_from(["", " ", "-"]))
def test_every_account_is_hidden(body: int, prefix: str, gap: str) -> None:
    number = iban.calc_check_digits(f"PL00{body}") + str(body)
    typed = prefix + gap.join([number[:2], *(number[i : i + 4] for i in range(2, 26, 4))])
    masked = mask(f"proszę na {typed}, dziękuję")
    assert masked.kinds == ("account",)
    assert masked.text == "proszę na [ukryto: numer konta], dziękuję"


@given(st.integers(4 * 10**14, 6 * 10**14 - 1), st.sampled_from(["", " ", "-"]))
def test_every_card_is_hidden(body: int, gap: str) -> None:
    number = f"{body}{luhn.calc_check_digit(str(body))}"
    masked = mask(gap.join(number[i : i + 4] for i in range(0, 16, 4)))
    assert masked.kinds == ("payment_card",)


@given(st.text("ABCDEFGHIJKLMNPRSTUVWXYZ", min_size=3, max_size=3), st.integers(0, 99999), st.booleans())
def test_every_identity_card_is_hidden(series: str, serial: int, lower: bool) -> None:
    values = [int(c, 36) for c in series] + [int(c) for c in f"{serial:05d}"]
    check = sum(w * v for w, v in zip((7, 3, 1, 7, 3, 1, 7, 3), values, strict=True)) % 10
    number = f"{series}{check}{serial:05d}"
    assert mask(number.lower() if lower else number).kinds == ("id_card",)


@given(st.integers(10**8, 10**9 - 1), st.sampled_from(["{0}{1}{2}", "{0} {1} {2}", "+48 {0} {1} {2}", "{0}-{1}-{2}"]))
def test_no_telephone_is_hidden(number: int, style: str) -> None:
    digits = str(number)
    text = style.format(digits[:3], digits[3:6], digits[6:])
    assert mask(text).text == text


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(1, 9999))
def test_no_date_or_case_number_is_hidden(day: date, number: int) -> None:
    for text in (f"{day:%d.%m.%Y}", f"{day:%Y-%m-%d}", f"MOPS.DŚ.{number}.{number % 400}.{day.year}"):
        assert mask(text).text == text


@given(st.text(max_size=300))
def test_any_text_passes_and_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once.text).text == once.text


def test_a_child_of_tomorrow_has_no_pesel() -> None:
    tomorrow = date.today() + timedelta(days=2)  # noqa: DTZ011
    assert mask(pesel_of(tomorrow, 1234)).kinds == ()


def test_long_messages() -> None:
    digits = "".join(random.Random(1).choices("0123456789 -", k=10_000))
    mask(digits)
    mask("A1 " * 3000 + "PL61 " * 2000)
