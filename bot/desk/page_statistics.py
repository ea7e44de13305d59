"""The statistics: figures of a period with their definitions, charts with tables, and files."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from litestar import Response, get

from bot.clock import utc_now
from bot.desk import charts, days, statistics_words
from bot.desk.presentation import CHANNELS, WARSAW, short_day
from bot.desk.sessions import SignedIn
from bot.desk.spreadsheet import MARK, inert, lines_of
from bot.desk.web import SECURITY_HEADERS, AnyRequest, needs, page
from bot.hub.hub import Hub
from bot.hub.statistics import LONGEST, Figures, Period, median, most
from bot.permissions import Permission

_STATISTICS = needs(Permission.STATISTICS)
_USUAL_DAYS = 30
_FIRST_DAY, _LAST_DAY = date(2000, 1, 2), date(2999, 12, 30)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The period and channel that the address names, and what is wrong with them."""

    since: date
    until: date
    channel: str | None
    error: str | None

    def address(self, path: str) -> str:
        """The same question at another address."""
        given = {"od": self.since.isoformat(), "do": self.until.isoformat()}
        return f"{path}?{urlencode(given | ({'kanal': self.channel} if self.channel else {}))}"


@get("/statystyki", include_in_schema=False, opt=_STATISTICS)
async def statistics_page(
    request: AnyRequest, hub: Hub, signed_in: SignedIn, od: str = "", do: str = "", kanal: str = ""
) -> Response[str]:
    """The whole page."""
    asked = _asked(od, do, kanal)
    period = await _read(hub, signed_in, asked)
    total = period.of()
    by_day = [(day, period.of(day=day)) for day in period.days]
    questions = [(words, total.share(name) or 0.0) for name, words in statistics_words.SHARES]
    topics = list(most(total.topics, hub.work.titles))
    return page(
        request,
        "statystyki.html",
        signed_in=signed_in,
        status_code=422 if asked.error else 200,
        mentions=await hub.work.unread_mentions(signed_in.staff),
        asked=asked,
        channels={name: words for name, words in CHANNELS.items() if name != "erased"},
        channel_names=CHANNELS,
        groups=statistics_words.GROUPS,
        columns=[statistics_words.FIGURES[key] for key in statistics_words.IN_TABLES],
        total=total,
        by_day=by_day,
        by_channel=[(channel, period.of(channel=channel)) for channel in period.channels],
        topics=topics,
        case_topics=list(most(total.case_topics, hub.work.topics)),
        traffic=charts.columns(
            [(statistics_words.short(day), len(f.conversations), _said(day, f)) for day, f in by_day]
        ),
        waiting=charts.columns([_wait(day, f) for day, f in by_day]) if total.waits else [],
        shares=charts.shares([(words, share, statistics_words.percent(share)) for words, share in questions]),
        scores=[(score, total.scores.count(score)) for score in range(5, 0, -1)],
        width=charts.WIDTH,
        height=charts.HEIGHT,
        short_day=short_day,
    )


@get("/statystyki.csv", include_in_schema=False, opt=_STATISTICS)
async def days_file(hub: Hub, signed_in: SignedIn, od: str = "", do: str = "", kanal: str = "") -> Response[str]:
    """A line for each day and channel."""
    asked = _asked(od, do, kanal)
    period = await _read(hub, signed_in, asked)
    return _file("statystyki", asked, [statistics_words.COLUMNS, *statistics_words.day_rows(period)])


@get("/statystyki-tematy.csv", include_in_schema=False, opt=_STATISTICS)
async def topics_file(hub: Hub, signed_in: SignedIn, od: str = "", do: str = "", kanal: str = "") -> Response[str]:
    """A line for each topic of questions and of cases."""
    asked = _asked(od, do, kanal)
    total = (await _read(hub, signed_in, asked)).of()
    rows: list[tuple[object, ...]] = [("rodzaj", "temat", "liczba")]
    for kind, counts, names in (
        ("pytania", total.topics, hub.work.titles),
        ("zgłoszenia", total.case_topics, hub.work.topics),
    ):
        rows += [(kind, inert(name), count) for name, count in most(counts, names, shown=len(counts))]
    return _file("tematy", asked, rows)


async def _read(hub: Hub, signed_in: SignedIn, asked: _Asked) -> Period:
    return await hub.work.statistics(signed_in.staff, asked.since, asked.until, asked.channel)


def _asked(since: str, until: str, channel: str) -> _Asked:
    """Read the address; what makes no sense becomes the last days, and is said."""
    today = utc_now().astimezone(WARSAW).date()
    usual = _Asked(today - timedelta(days=_USUAL_DAYS - 1), today, channel if channel in CHANNELS else None, None)
    first, last = (days.parse_day(text, _FIRST_DAY, _LAST_DAY) for text in (since, until))
    error = None
    if (since and first is None) or (until and last is None):
        error = days.NO_DAY
    last = last or (today if first is None else max(first, today))
    first = first or last - timedelta(days=_USUAL_DAYS - 1)
    if error is None and first > last:
        error = days.BACKWARDS
    elif error is None and last - first >= LONGEST:
        error = f"Okres może mieć najwyżej {LONGEST.days} dni."
    if error is not None:
        return _Asked(usual.since, usual.until, usual.channel, error)
    return _Asked(first, last, usual.channel, None)


def _said(day: date, figures: Figures) -> str:
    return f"{short_day(day)}: {len(figures.conversations)}"


def _wait(day: date, figures: Figures) -> tuple[str, float, str]:
    middle = median(figures.waits)
    return (
        statistics_words.short(day),
        middle or 0.0,
        f"{short_day(day)}: {statistics_words.duration(middle)}",
    )


def _file(name: str, asked: _Asked, rows: list[tuple[object, ...]]) -> Response[str]:
    filename = f"{name}-{asked.since:%Y-%m-%d}-{asked.until:%Y-%m-%d}.csv"
    headers = SECURITY_HEADERS | {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(MARK + lines_of(rows), media_type="text/csv; charset=utf-8", headers=headers)
