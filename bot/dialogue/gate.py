"""The gate: may a candidate take over from the model in use? Says which messages speak against it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from bot.dialogue.questions import AS_TYPED, AS_WRITTEN, FALLBACK, Group, Judged

Key = tuple[str, str, str]

BLIND = "strangers_"
"""Begins the names of lists that nobody may tune to: what all models miss there cannot be mended to order, so it is
told, while a miss that is new refuses."""

_MEASURED: tuple[tuple[Group, str], ...] = (
    ("unseen", AS_WRITTEN),
    ("unseen", AS_TYPED),
    ("strangers", AS_WRITTEN),
    ("strangers", AS_TYPED),
)


class Change(msgspec.Struct, frozen=True):
    """A message that speaks against a candidate."""

    text: str
    place: str
    wanted: str
    before: str
    """What the model in use hears; empty where there is none to compare with."""
    now: str


class Reason(msgspec.Struct, frozen=True):
    """Why a candidate is refused, or (``grave`` false) what to know about it."""

    words: str
    messages: list[Change]
    grave: bool = True


class Verdict(msgspec.Struct, frozen=True):
    """The outcome of a comparison."""

    against: str | None
    """The model in use then."""
    passed: bool
    reasons: list[Reason]
    figures: dict[str, dict[str, float]]
    """For each group and spelling, shares in percent: ``{"unseen, as written": {"right": 91.2, …}}``."""
    before: dict[str, dict[str, float]] = {}
    """The same of the model in use."""

    def told(self, most: int = 12) -> list[str]:
        """Tell in lines what a maintainer wants to know."""
        lines: list[str] = []
        for reason in self.reasons:
            lines.append(reason.words)
            for change in reason.messages[:most]:
                before = f", before {change.before}" if change.before else ""
                lines.append(
                    f"    “{change.text}” ({change.place}): wanted {change.wanted}, now {change.now}{before}"
                )
            if len(reason.messages) > most:
                lines.append(f"    … and {len(reason.messages) - most} more")
        return lines


def compare(
    candidate: Sequence[Judged], in_use: Sequence[Judged] | None, *, against: str | None, max_drop: float
) -> Verdict:
    """Compare two models that were asked the same.

    Args:
        candidate: the candidate's answers.
        in_use: those of the model in use; None when there is none, or none that can still be loaded.
        against: the name of the model in use.
        max_drop: percentage points of right answers that may be lost, or of wrong ones gained.
    """
    before = {_key(judged): judged for judged in in_use or ()}
    reasons = [
        *_lost_regressions(candidate, before),
        *_missed_crises(candidate, before),
        *_drops(candidate, in_use, before, max_drop),
    ]
    return Verdict(
        against=against,
        passed=not any(reason.grave for reason in reasons),
        reasons=reasons,
        figures=figures(candidate),
        before=figures(in_use or ()),
    )


def figures(judged: Iterable[Judged]) -> dict[str, dict[str, float]]:
    """Count verdicts for each group and spelling, in percent of its ``messages``."""
    counts: dict[str, Counter[str]] = {}
    for one in judged:
        counts.setdefault(f"{one.question.group}, {one.question.spelling}", Counter())[one.verdict] += 1
    return {
        name: {
            "messages": total,
            **{
                verdict: round(100 * found[verdict] / total, 2)
                for verdict in ("right", "asked back", "partly", "wrong")
            },
        }
        for name, found in counts.items()
        if (total := found.total())
    }


def _key(judged: Judged) -> Key:
    return judged.question.group, judged.question.spelling, judged.question.text


def _change(now: Judged, before: Judged | None) -> Change:
    wanted = " or ".join("+".join(one) for one in now.question.accepted) or "no crisis card"
    return Change(now.question.text, now.question.place, wanted, _heard(before) if before else "", _heard(now))


def _heard(judged: Judged) -> str:
    return "asked back" if judged.heard == (FALLBACK,) else "+".join(judged.heard)


def _lost_regressions(candidate: Sequence[Judged], before: Mapping[Key, Judged]) -> list[Reason]:
    asked = [one for one in candidate if one.question.group == "regression" and one.question.spelling == AS_WRITTEN]
    wrong = [one for one in asked if one.verdict != "right"]
    old = [one for one in wrong if (known := before.get(_key(one))) and known.verdict != "right"]
    lost = [one for one in wrong if one not in old] if before else []
    reasons = []
    if lost:
        words = f"{_messages(lost)} of the regression list {_are(lost)} no longer right."
        reasons.append(Reason(words, [_change(one, before.get(_key(one))) for one in lost]))
    known_faults = old if before else wrong
    if known_faults:
        words = f"{_messages(known_faults)} of the regression list {_are(known_faults)} not right"
        words += " (nor with the model in use)." if before else "."
        reasons.append(Reason(words, [_change(one, None) for one in known_faults], grave=False))
    return reasons


def _missed_crises(candidate: Sequence[Judged], before: Mapping[Key, Judged]) -> list[Reason]:
    missed = [one for one in candidate if one.question.group == "crisis" and one.verdict != "right"]
    blind = [one for one in missed if BLIND in one.question.place and not _was_right(one, before)]
    fresh = [one for one in missed if one not in blind]
    reasons = []
    for found, words, grave in (
        (fresh, "from somebody in danger would be missed.", True),
        (blind, "of the strangers' list, from somebody in danger, would be missed as before.", False),
    ):
        if found:
            changes = [_change(one, before.get(_key(one))) for one in found]
            reasons.append(Reason(f"{_messages(found)} {words}", changes, grave))
    return reasons


def _was_right(one: Judged, before: Mapping[Key, Judged]) -> bool:
    known = before.get(_key(one))
    return known is not None and known.verdict == "right"


def _drops(
    candidate: Sequence[Judged], in_use: Sequence[Judged] | None, before: Mapping[Key, Judged], max_drop: float
) -> list[Reason]:
    if in_use is None:
        return []
    now, then = figures(candidate), figures(in_use)
    reasons = []
    for group, spelling in _MEASURED:
        name = f"{group}, {spelling}"
        if name not in now or name not in then:
            continue
        for verdict, sign in (("right", -1), ("wrong", 1)):
            worse = sign * (now[name][verdict] - then[name][verdict])
            if worse > max_drop:
                reasons.append(
                    Reason(
                        f"{name}: {verdict} {then[name][verdict]:.1f} % → {now[name][verdict]:.1f} %; "
                        f"{worse:.1f} points worse, {max_drop:g} are allowed.",
                        _worse(candidate, before, group, spelling, verdict),
                    )
                )
    return reasons + _false_alarms(candidate, in_use, before, max_drop)


def _false_alarms(
    candidate: Sequence[Judged], in_use: Sequence[Judged], before: Mapping[Key, Judged], max_drop: float
) -> list[Reason]:
    now, then = ([one for one in side if one.question.group == "look-alikes"] for side in (candidate, in_use))
    alarms = [one for one in now if one.verdict != "right"]
    more = len(alarms) - sum(one.verdict != "right" for one in then)
    if not now or 100 * more / len(now) <= max_drop:
        return []
    fresh = [one for one in alarms if (known := before.get(_key(one))) and known.verdict == "right"]
    words = f"{_messages(fresh)} without danger would now get the crisis card."
    return [Reason(words, [_change(one, before.get(_key(one))) for one in fresh])]


def _worse(
    candidate: Sequence[Judged], before: Mapping[Key, Judged], group: Group, spelling: str, verdict: str
) -> list[Change]:
    changes = []
    for one in candidate:
        if (one.question.group, one.question.spelling) != (group, spelling):
            continue
        known = before.get(_key(one))
        if known is None or known.verdict == one.verdict:
            continue
        if known.verdict == "right" if verdict == "right" else one.verdict == "wrong":
            changes.append(_change(one, known))
    return changes


def _messages(found: Sequence[Any]) -> str:
    return "One message" if len(found) == 1 else f"{len(found)} messages"


def _are(found: Sequence[Any]) -> str:
    return "is" if len(found) == 1 else "are"
