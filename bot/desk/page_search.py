"""Find a conversation or a case: by number, phone, name, words, topic, period, person or channel."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get

from bot.desk import days
from bot.desk.presentation import CHANNELS
from bot.desk.sessions import SignedIn
from bot.desk.web import AnyRequest, page
from bot.hub.hub import Hub
from bot.hub.messages import StaffRef
from bot.hub.search import BadCriterion, Criteria, Found, Place

_LONGEST = 200
_ERRORS = {
    "number": ("nr", "Numer zgłoszenia ma osiem cyfr, na przykład 4821-9307."),
    "phone": ("tel", "To nie jest pełny numer telefonu. Przykład: 600 100 200."),
    "name": ("imie", "Proszę podać imię lub nazwisko: co najmniej trzy litery."),
    "words": (
        "tresc",
        "Proszę podać słowo, które ma co najmniej trzy litery. Słowa takie jak „jest” czy „dzień dobry” nie są "
        "wyszukiwane.",
    ),
    "topic": ("temat", "Nie ma takiego tematu."),
    "until": ("do", days.BACKWARDS),
    "day": ("od", days.NO_DAY),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was filled in, to show it again and to make the links."""

    nr: str
    tel: str
    imie: str
    tresc: str
    temat: str
    osoba: str
    kanal: str
    od: str
    do: str

    @property
    def given(self) -> dict[str, str]:
        """What is filled in."""
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}

    def address(self, after: Place) -> str:
        """The address of the page that begins after ``after``."""
        return f"/desk/szukaj?{urlencode(self.given | {'po': f'{after.updated_at.isoformat()}_{after.id}'})}"

    def criteria(self) -> Criteria:
        """What it means. Raises BadCriterion."""
        since, until = days.parse_day(self.od), days.parse_day(self.do)
        if (self.od and since is None) or (self.do and until is None):
            raise BadCriterion("day")
        return Criteria(
            number=self.nr,
            phone=self.tel,
            name=self.imie,
            words=self.tresc,
            topic=self.temat,
            staff_id=self.osoba,
            channel=self.kanal,
            since=since,
            until=until,
        )


@get("/szukaj", include_in_schema=False)
async def search_page(
    request: AnyRequest,
    hub: Hub,
    signed_in: SignedIn,
    nr: str = "",
    tel: str = "",
    imie: str = "",
    tresc: str = "",
    temat: str = "",
    osoba: str = "",
    kanal: str = "",
    od: str = "",
    do: str = "",
    po: str = "",
) -> Response[str]:
    """The form, and what was found: newest first, page by page."""
    asked = Asked(*(value.strip()[:_LONGEST] for value in (nr, tel, imie, tresc, temat, osoba, kanal, od, do)))
    staff: StaffRef = signed_in.staff
    shown: dict[str, Any] = {"found": None, "error": None, "faulty": None}
    if asked.given:
        try:
            shown["found"] = await hub.work.find(staff, asked.criteria(), _place(po))
        except BadCriterion as error:
            shown["faulty"], shown["error"] = _ERRORS[error.field]
    found: Found | None = shown["found"]
    return page(
        request,
        "szukaj.html",
        signed_in=signed_in,
        status_code=422 if shown["error"] else 200,
        asked=asked,
        later=bool(po),
        next=asked.address(found.next) if found is not None and found.next is not None else None,
        topics=hub.work.topics,
        people=await hub.work.everybody(staff),
        channels=CHANNELS,
        mentions=await hub.work.unread_mentions(staff),
        **shown,
    )


def _place(text: str) -> Place | None:
    """Where the page before ended; anything odd begins at the first page."""
    moment, _, conversation_id = text.rpartition("_")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return Place(at, conversation_id) if at.tzinfo is not None else None
