"""New files to start from: an innovation, every attribute with unit, meaning and default; the schema of portfolios."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeGuard

from pydantic.json_schema import JsonSchemaValue

from diffusion.outlets import one_line, yaml_scalar
from diffusion.world.innovations import InnovationAttributes, InnovationRow, Kind, PortfolioHead, kind_defaults
from diffusion.world.more_innovations import MoreInnovation
from diffusion.world.portfolio import AttributeFacts, attribute_facts

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: examples of what has no default: left out, it is drawn, or follows from something else
_EXAMPLES: Mapping[str, str] = {
    "opening_users": "20 of 100",
    "benefit": "0.5",
    "signal": "0.5",
    "needs_pilot": "true",
    "has_company": "true",
    "use_share": "0.7",
    "early_use_share": "0.05",
    "log_push": "0",
    "log_scale_up": "0",
    "log_pilot_ending": "0",
    "log_compliance": "0",
    "cohort": '""',
    "tags": "[analogue-to-digital]",
    "priorities": "[workforce-automation]",
    "company": '""',
    "basis": "{upfront_cost_gbp: our own offer}",
    "note": '""',
}
#: groups of attributes, as a file shows them
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Who may use it, and from when",
        (
            "eligible_sectors",
            "live_month",
            "live_from",
            "opening_users",
            "pilot_sites",
            "initial_sites_min",
            "initial_sites_max",
            "use_share",
            "early_use_share",
        ),
    ),
    (
        "Money: pounds of 2015/16 of a trust of the median staff",
        (
            "upfront_cost_gbp",
            "running_cost_gbp_per_month",
            "saving_gbp_per_month",
            "saving_lag_months",
            "cashable_share",
            "cases_per_month",
            "unit_cost_gbp",
            "cost_noise_sd",
            "has_company",
            "company",
        ),
    ),
    (
        "How good it is, and what is known of that",
        (
            "benefit_mean",
            "benefit_sd",
            "benefit_truncated",
            "benefit",
            "signal",
            "prior_evidence",
        ),
    ),
    (
        "From evaluation to use",
        (
            "evaluation_months",
            "needs_pilot",
            "pilot_months",
            "pilot_abandonment_per_month",
            "rollout_push_per_month",
            "rollout_peer_per_month",
            "rollout_months",
            "abandonment_factor",
        ),
    ),
    ("What it asks of a trust", ("nasss_sum", "risk_class", "contract", "digital")),
    (
        "What sets it apart from others of its kind; left out, it is drawn",
        (
            "log_push",
            "log_scale_up",
            "log_pilot_ending",
            "log_compliance",
        ),
    ),
    ("What it is", ("cohort", "tags", "priorities", "basis", "note")),
)
_WIDTH = 118


class Own(NamedTuple):
    """An innovation of one's own, as far as it is known when its file is made.

    ``live_month`` counts from the start of a run, ``when`` says what it is in the calendar, as a remark.
    """

    name: str
    title: str
    kind: Kind
    live_month: int
    when: str
    pilot_sites: Sequence[str]


def new_portfolio(own: Own, alone: bool = False) -> str:
    """Return the text of a portfolio file of one innovation, valid as it is and with any of its marks taken away.

    It stands beside the packaged portfolio, or ``alone``.
    """
    beside = "beside: default            # with the innovations of the packaged portfolio; without this line, alone"
    lines = [
        *_opening(own, "that stands alone" if alone else "that stands beside the packaged portfolio"),
        f"title: {yaml_scalar(own.title)}",
        *([] if alone else [beside]),
        "innovations:",
        f"  - id: {yaml_scalar(own.name)}",
        f"    name: {yaml_scalar(own.title)}",
        f"    kind: {own.kind}",
        *_attributes(own, "    ", InnovationRow),
    ]
    return "\n".join(lines) + "\n"


def new_scenario(own: Own, extends: str) -> str:
    """Return the text of a scenario file that adds one innovation to the world of another scenario.

    ``extends`` is the line that names that scenario. The text is valid as it is and with any of its marks taken away.
    """
    lines = [
        *_opening(own, "that a scenario adds to the portfolio of another"),
        f"title: {yaml_scalar(own.title)}",
        extends,
        "world:",
        "  more_innovations:",
        f"    {own.name}:",
        f"      name: {yaml_scalar(own.title)}",
        f"      kind: {own.kind}",
        *_attributes(own, "      ", MoreInnovation),
    ]
    return "\n".join(lines) + "\n"


def _opening(own: Own, what: str) -> list[str]:
    return [
        f"# An innovation {what}. Remove the # of what you want to change. What keeps",
        f"# it is the default of its kind ({own.kind}), an assumption of grade C, or drawn; 'kinds' are the defaults",
        "# of all kinds, from the least to the greatest. To see what holds:",
        f"# diffusion innovations show {own.name} --file FILE",
    ]


def _attributes(own: Own, indent: str, model: type[InnovationAttributes]) -> list[str]:
    """Return the lines of all attributes, by group."""
    facts, defaults = attribute_facts(), kind_defaults()[own.kind]
    examples = {**_EXAMPLES, "live_from": own.when[: len("YYYY-MM")]}
    given = {"live_month": str(own.live_month), "pilot_sites": f"[{', '.join(map(yaml_scalar, own.pilot_sites))}]"}
    remarks = {"live_month": own.when}
    lines = []
    for group, names in GROUPS:
        lines += ["", f"{indent}# {group}"]
        for each in (name for name in names if name in model.model_fields):
            value = given.get(each) or (_written(defaults[each]) if each in defaults else examples[each])
            head = f"{indent}{'' if each in given else '# '}{each}: {value}"
            remark = _remark(facts[each], remarks.get(each, ""), each in defaults or each in given)
            lines += _with_remark(indent, head, remark)
    return lines


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(value)}]"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _remark(facts: AttributeFacts, more: str, has_default: bool) -> str:
    """Write unit, meaning and allowed values on one line."""
    unit = "" if facts.unit in ("text", "list", "category", "true or false", "yes/no", "1") else f"[{facts.unit}] "
    allowed = "" if facts.allowed in ("text", "a list", "true or false", facts.unit) else f"; {facts.allowed}"
    if kinds := of_kinds(facts.name):
        allowed = f"; kinds: {kinds}"
    example = "" if has_default else " (an example)"
    return f"{unit}{facts.description}{allowed}{example}{'; ' + more if more else ''}"


def of_kinds(name: str) -> str:
    """Write the range of an attribute over the defaults of all kinds; empty where it is no number or all are alike."""
    values = [value for each in kind_defaults().values() if is_number(value := each.get(name))]
    if len(values) < len(kind_defaults()) or len(set(values)) == 1:
        return ""
    return f"{min(values):,g} to {max(values):,g}"


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number; yes and no are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _with_remark(indent: str, head: str, remark: str) -> list[str]:
    """Put the remark behind the value, or above it where that makes too long a line."""
    line = f"{head:<44}  # {one_line(remark)}"
    return [line] if len(line) <= _WIDTH else [f"{indent}## {one_line(remark)}", head]


def uncommented(text: str) -> str:
    """Return the text of a new file with the marks of all its attributes taken away."""
    return re.sub(r"^( +)# (?=[a-z_]+: )", r"\1", text, flags=re.MULTILINE)


def portfolio_json_schema() -> JsonSchemaValue:
    """Return the JSON Schema (draft 2020-12) of a portfolio file, with the meaning and unit of every attribute."""
    template = "#/$defs/{model}"
    schema = PortfolioHead.model_json_schema(ref_template=template)
    definitions: JsonSchemaValue = schema.pop("$defs", {})
    row = InnovationRow.model_json_schema(ref_template=template)
    definitions |= row.pop("$defs", {})
    definitions["InnovationRow"] = row
    properties: JsonSchemaValue = schema.pop("properties")
    properties["innovations"] = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/InnovationRow"}}
    properties["beside"]["description"] = "default: the innovations stand beside those of the packaged portfolio"
    for definition in definitions.values():
        for name, facts in attribute_facts().items():
            if name in definition.get("properties", {}):
                unit = "" if facts.unit in ("text", "list", "category") else f" [{facts.unit}]"
                definition["properties"][name]["description"] = facts.description + unit
                _allow_one_name(name, definition["properties"][name])
    return {
        "$schema": DIALECT,
        "title": "Portfolio of innovations in the NHS",
        "description": "Innovations; an attribute that is not stated comes from the file's defaults or the kind.",
        "anyOf": [
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["innovations"],
                "properties": properties,
            },
            properties["innovations"],
        ],
        "$defs": dict(sorted(definitions.items())),
    }


def _allow_one_name(name: str, node: JsonSchemaValue) -> None:
    """A list of names may be written as one text, ``a;b``."""
    if name in ("eligible_sectors", "tags", "priorities", "pilot_sites"):
        listed = {key: node.pop(key) for key in list(node) if key not in ("title", "description", "default")}
        node["anyOf"] = [*listed.pop("anyOf", [listed]), {"type": "string"}]
