"""Ready questions, all made of what comes with the package."""

from __future__ import annotations

from typing import NamedTuple

from diffusion.web.ask.packaged import additions


class Ready(NamedTuple):
    """A question to start from; ``options`` are packaged scenarios, or stacks of such, by name."""

    id: str
    title: str
    says: str
    yardstick: str
    options: tuple[str, ...]


#: in the order of the page; the first two are those of the documentation
READY: tuple[Ready, ...] = (
    Ready(
        "today",
        "What would local-first acceleration or the Ten Year Plan's tools add from 2026?",
        "The trusts of April 2025 with the programmes as they stand, to March 2036; beside it acceleration that begins "
        "in lead localities, and the tools of the Ten Year Plan.",
        "england-2025",
        ("local-first-2026", "ten-year-plan"),
    ),
    Ready(
        "demo",
        "What would a tariff, test beds or local-first acceleration have added from 2017?",
        "The trusts of 2017 with their networks' support alone, from July 2015 for ten years; each option begins in "
        "July 2017.",
        "baseline",
        ("tariff", "test-beds", "local-first"),
    ),
    Ready(
        "networks",
        "What goes when the networks' licence ends in 2028?",
        "The programmes as they stand, and the same without the Health Innovation Networks from May 2028.",
        "england-2025",
        ("networks-end-2028",),
    ),
    Ready(
        "tools",
        "Which of the Sector Plan's tools does how much alone?",
        "NICE appraisal with funding, the Innovator Passport, value-based procurement and innovation zones, each alone "
        "on top of the programmes as they stand.",
        "england-2025",
        (
            "england-2025+healthtech-appraisal",
            "england-2025+innovator-passport",
            "england-2025+value-based-procurement",
            "england-2025+innovation-zones",
        ),
    ),
    Ready(
        "recommendations",
        "Which group of the ecosystem report's recommendations does most?",
        "Direction, structures and tools, people and skills, and local-first acceleration, each alone, then all four, "
        "as if begun in July 2017.",
        "baseline",
        (
            "baseline+setting-direction",
            "baseline+structures-and-tools",
            "baseline+people-and-skills",
            "baseline+local-first",
            "ecosystem-report",
        ),
    ),
    Ready(
        "time",
        "Is it better to give staff time, or to start locally?",
        "Protected time, skills and champions beside local-first acceleration, both from April 2026.",
        "england-2025",
        ("protected-time-2026", "local-first-2026"),
    ),
    Ready(
        "tariffs",
        "What would two tariffs together have added over one?",
        "The best practice tariff, and the same with the technology tariff of April 2017.",
        "baseline",
        ("tariff", "tariffs"),
    ),
)


def extends_of(name: str) -> list[str]:
    """Return what a scenario file extends to be a packaged scenario, or a stack of such."""
    first, *more = name.split("+")
    return [first, *(additions()[part].name if part in additions() else part for part in more)]
