"""A field of a form says what its key says in a file: every setting of every lever, whatever is typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.errors import InputError
from diffusion.levers.registry import all_levers
from diffusion.outlets import yaml_text
from diffusion.reading.yaml_lines import PlainDict, parse_yaml
from diffusion.scenario.load import load_scenario
from diffusion.scenario.problems import problems_of
from diffusion.web.ask.cards import FieldView, card_of, id_of, name_of
from diffusion.web.ask.checking import Found, verdict_of
from diffusion.web.ask.draft import Draft
from diffusion.web.ask.fields import lever_settings, parameters, settings_of
from diffusion.web.ask.form import laid_in, setting_at
from diffusion.web.ask.packaged import additions
from diffusion.web.ask.question import Option, Question
from diffusion.web.ask.written import as_text, from_text

pytestmark = pytest.mark.unit
NAME = "mine"
#: levers whose file stands in the package, and every setting of theirs
EVERY = [
    (lever, setting)
    for lever, kind in all_levers().items()
    if lever in additions() and kind.number
    for setting in settings_of(kind)
]
#: what people type, and what they do not
TYPED = st.one_of(
    st.integers(-3, 60).map(str),
    st.floats(0, 2).map(lambda number: f"{number:.4g}"),
    st.sampled_from(
        ["", " ", "2019-03", "2028-10", "abc", "30%", "1,5", "1e3", "true", "on", "off", "~", "[1, 2]", "07"]
    ),
    st.sampled_from(
        ["GM, WX", "acute", "drug", "drug, device", "{2019: 1000000}", "{a: [", "Ærø – 東京", "'q'", "a: b"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12),
)


def _file(lever: str) -> str:
    return yaml_text({"title": "Mine – 試し", "extends": ["baseline", f"levers/{lever}"], "author": "Łódź"})


def _fields(text: str, folder: Path, lever: str) -> dict[str, FieldView]:
    """Return the fields of a lever of which all settings are shown."""
    draft = Draft.of(text, folder / f"{NAME}.yaml")
    opened = [name_of(NAME, "levers", lever)]
    card = card_of(NAME, draft, Found(), opened, load_scenario("baseline").build_world())
    (found,) = (each for each in card.levers if each.key == lever)
    return {each.name: each for each in (found.on, *found.first, *found.more, *found.whom)}


def _sent(fields: dict[str, FieldView]) -> dict[str, list[str]]:
    """Return what a browser sends of fields that nobody touched."""
    sent = {}
    for name, field in fields.items():
        boxes = field.choices and field.setting.kind == "list"
        sent[name] = ["", *field.held] if boxes else [field.text.replace("\n", "\r\n")]
        sent[f"because/{id_of(name)}"] = [field.reason]
    return sent


def _laid(text: str, sent: dict[str, list[str]], folder: Path) -> str:
    question = Question("", "baseline", (Option(NAME, text),))
    (option,) = laid_in(question, question, sent, folder)[0].options
    return option.text


def _content(path: Path | str, *settings: str) -> str:
    """Return the content of a scenario, or what is wrong with it, without the places."""
    try:
        return load_scenario(path, settings).content_hash
    except InputError as error:
        return "; ".join(sorted(f"{each.key}: {each.message}; {each.expected}" for each in problems_of(error)))


@pytest.mark.parametrize("lever", sorted(name for name, kind in all_levers().items() if name in additions()))
def test_fields_that_nobody_touched_leave_the_file_as_it_is(lever: str, tmp_path: Path) -> None:
    text = f"# a comment stays\n{_file(lever)}levers:\n  {lever}: {{strength: 1.0}}  # so does this\n"
    assert _laid(text, _sent(_fields(text, tmp_path, lever)), tmp_path) == text


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.sampled_from(EVERY), typed=TYPED, reason=st.sampled_from(["", "local survey 2024", "weil: so"]))
def test_a_field_says_what_its_key_says_in_a_file(
    which: tuple[str, object], typed: str, reason: str, tmp_path: Path
) -> None:
    lever, setting = which
    text = _file(lever)
    fields = _fields(text, tmp_path, lever)
    name = name_of(NAME, "levers", lever, *setting.place)  # type: ignore[attr-defined]
    sent = _sent(fields) | {name: [typed], f"because/{id_of(name)}": [reason]}
    laid = _laid(text, sent, tmp_path)
    data = parse_yaml(laid).data
    assert isinstance(data, dict)
    assert {key: data[key] for key in ("title", "extends", "author")} == parse_yaml(text).data
    path = tmp_path / f"{NAME}.yaml"
    path.write_text(laid, encoding="utf-8")
    # by hand: the same value in a file of its own, through the reader alone
    value = from_text(typed, setting)  # type: ignore[arg-type]
    by_hand: PlainDict = {"title": "Mine – 試し", "extends": ["baseline", f"levers/{lever}"]}
    if value is not None:
        inner: PlainDict = {}
        entry: PlainDict = {lever: inner}
        for part in setting.place[:-1]:  # type: ignore[attr-defined]
            inner[part] = inner = {}  # type: ignore[assignment]
        # a number or a month as it was typed, without the reader of fields
        raw = setting.kind in ("number", "whole", "month") and re.fullmatch(r"[A-Za-z0-9.%+-]+", typed)  # type: ignore[attr-defined]
        inner[setting.place[-1]] = "AS-TYPED" if raw else value  # type: ignore[attr-defined]
        by_hand["levers"] = entry
    other = tmp_path / "hand" / f"{NAME}.yaml"
    other.parent.mkdir(exist_ok=True)
    other.write_text(yaml_text(by_hand).replace("AS-TYPED", typed), encoding="utf-8")
    assert _content(path) == _content(other)
    # and the page shows what was typed, with the reason
    again = _fields(laid, tmp_path, lever)[name]
    if value is not None:
        assert from_text(again.text, setting) == value or again.held == tuple(map(str, value))  # type: ignore[arg-type]
    # a field that is left at what it has anyway writes nothing, sent twice changes nothing
    assert _laid(laid, _sent(_fields(laid, tmp_path, lever)), tmp_path) == laid


@settings(max_examples=150, deadline=None)
@given(which=st.sampled_from(EVERY), number=st.floats(allow_nan=False), whole=st.integers(-(10**9), 10**9))
def test_numbers_go_through_text_unchanged(which: tuple[str, object], number: float, whole: int) -> None:
    _, setting = which
    if setting.kind in ("number", "whole"):  # type: ignore[attr-defined]
        assert from_text(as_text(number, setting), setting) == number  # type: ignore[arg-type]
        assert from_text(as_text(whole, setting), setting) == whole  # type: ignore[arg-type]


def test_set_back_to_what_it_has_from_below_leaves_no_trace(tmp_path: Path) -> None:
    lever, text = "best-practice-tariff", _file("best-practice-tariff")
    name = name_of(NAME, "levers", lever, "uplift_share")
    sent = _sent(_fields(text, tmp_path, lever))
    set_ = _laid(text, sent | {name: ["0.31"], f"because/{id_of(name)}": ["survey"]}, tmp_path)
    assert parse_yaml(set_).data["levers"] == {lever: {"uplift_share": {"value": 0.31, "because": "survey"}}}  # type: ignore[index,call-overload]
    back = _sent(_fields(set_, tmp_path, lever)) | {name: ["0.24"], f"because/{id_of(name)}": [""]}
    assert parse_yaml(_laid(set_, back, tmp_path)).data == parse_yaml(text).data


def test_keys_that_no_form_knows_survive(tmp_path: Path) -> None:
    lever = "nice"
    text = (
        _file(lever)
        + "initial: {adopters: {count: 3}}\nshocks:\n  winter: {start: 2018-12, end: 2019-03, pressure: 0.1}\n"
    )
    text += "levers:\n  nice: {topics_per_year: 25}\n  own: {lever: expo, start: 2018-09}\n  odd.id: {lever: expo}\n"
    name = name_of(NAME, "levers", lever, "strength")
    laid = _laid(text, _sent(_fields(text, tmp_path, lever)) | {name: ["0.5"]}, tmp_path)
    data, before = parse_yaml(laid).data, parse_yaml(text).data
    assert isinstance(data, dict)
    assert isinstance(before, dict)
    levers, was = data.pop("levers"), before.pop("levers")
    assert data == before
    assert levers == {**was, "nice": {"topics_per_year": 25, "strength": 0.5}}  # type: ignore[dict-item]


def test_an_inherited_list_can_be_emptied_and_a_lever_switched_off(tmp_path: Path) -> None:
    lever, text = "best-practice-tariff", _file("best-practice-tariff")
    fields = _fields(text, tmp_path, lever)
    aimed = name_of(NAME, "levers", lever, "targets", "innovations")
    assert len(fields[aimed].held) == 5
    laid = _laid(text, _sent(fields) | {aimed: [""]}, tmp_path)
    path = tmp_path / f"{NAME}.yaml"
    path.write_text(laid, encoding="utf-8")
    assert load_scenario(path).levers[lever].targets.innovations is None
    off = name_of(NAME, "levers", lever, "enabled")
    path.write_text(_laid(text, _sent(fields) | {off: ["off"]}, tmp_path), encoding="utf-8")
    assert lever not in load_scenario(path).levers


def test_every_setting_has_a_field_with_its_evidence() -> None:
    for kind in all_levers().values():
        first, whom, more = lever_settings(kind)
        assert [each.place for each in settings_of(kind)] == sorted(
            (each.place for each in (*first, *whom, *more)),
            key=[each.place for each in settings_of(kind)].index,
        )
        for setting in more:
            assert setting.grade in ("A", "B", "C", ""), setting
    assert len(parameters()) > 100
    assert parameters()["awareness.push_per_month"].plausible


def test_no_field_reaches_beyond_settings() -> None:
    draft = Draft.of(_file("nice"), Path("mine.yaml"))
    for place in (("world", "name"), ("agents", "trust"), ("levers", "nice"), ("levers", "nice", "lever"), ("doubt",)):
        assert setting_at(draft, place) is None


def test_two_pages_of_one_question_keep_what_each_changed(tmp_path: Path) -> None:
    lever, text = "best-practice-tariff", _file("best-practice-tariff")
    page = Question("", "baseline", (Option(NAME, text),))
    fields = _fields(text, tmp_path, lever)
    strength, share = (name_of(NAME, "levers", lever, key) for key in ("strength", "uplift_share"))
    first, _ = laid_in(page, page, _sent(fields) | {strength: ["0.5"], "replicates": ["40"]}, tmp_path)
    both, _ = laid_in(first, page, _sent(fields) | {share: ["0.3"], "replicates": ["100"]}, tmp_path)
    data = parse_yaml(both.options[0].text).data
    assert isinstance(data, dict)
    assert data["levers"] == {lever: {"strength": 0.5, "uplift_share": 0.3}}
    assert both.replicates == 40


def test_a_verdict_says_what_the_reader_says(tmp_path: Path) -> None:
    text = _file("nice") + "levers: {nice: {strength: -1, topics: 3}}\nparameters: {awareness: {push_per_month: x}}\n"
    (tmp_path / f"{NAME}.yaml").write_text(text, encoding="utf-8")
    found = verdict_of(Question("", "baseline", (Option(NAME, text),)), tmp_path, {})
    with pytest.raises(InputError) as error:
        load_scenario(tmp_path / f"{NAME}.yaml")
    assert [str(each) for each in found.options[NAME].problems] == [str(each) for each in problems_of(error.value)]
    assert len(found.options[NAME].problems) == 3
    assert not found.sound
    assert found.seconds is None
