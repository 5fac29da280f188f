"""Values of scenario files as text in fields, and back: what a field is left at is the value that it had."""

from __future__ import annotations

from diffusion.errors import InputError
from diffusion.outlets import json_text, yaml_text
from diffusion.reading.yaml_lines import Plain, parse_yaml, plain_scalar
from diffusion.web.ask.draft import Missing
from diffusion.web.ask.fields import Setting

ON, OFF = "on", "off"


def as_text(value: Plain | Missing, setting: Setting) -> str:
    """Return a value as it stands in a field; whatever a file says can be shown, also what it may not say."""
    if value is None or isinstance(value, Missing):
        return ""
    if setting.kind == "keys":
        return value if isinstance(value, str) else yaml_text(value).strip()
    if isinstance(value, bool):
        return (ON if value else OFF) if setting.kind == "yes_no" else str(value).lower()
    if isinstance(value, float):
        text = repr(value).removesuffix(".0")
        return {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(text, text)
    if isinstance(value, list):
        text = ", ".join("" if each is None else str(each) for each in value)
        return text if setting.kind == "list" and from_text(text, setting) == value else json_text(value, None)
    return yaml_text(value).strip() if isinstance(value, dict) else str(value)


def from_text(text: str, setting: Setting) -> Plain:
    """Return the value that a text in a field means; None where it is empty.

    What is no number stays text, as it would in a file, and is told as it is there.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return None
    if setting.kind == "yes_no":
        return {ON: True, OFF: False}.get(text, text)
    if setting.kind in ("text", "choice"):
        return text
    if setting.kind == "list" and not text.startswith("["):
        parts = [part.strip() for part in text.replace("\n", ",").split(",")]
        read = plain_scalar if setting.member in ("number", "whole", "yes_no") else str
        return [read(part) for part in parts if part]
    if setting.kind in ("keys", "list"):
        try:
            return parse_yaml(text).data
        except InputError:
            return text
    return plain_scalar(text)
