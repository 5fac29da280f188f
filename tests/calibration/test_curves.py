"""Curves of the evidence world: the same numbers as the predictions that a fit takes, by month and by trust."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.calibration.curves import Curves, follow, seed_of, tracks_of
from diffusion.calibration.evidence_world import check_evidence, evidence_scenario
from diffusion.calibration.predicted import places, predict
from diffusion.ensemble.priors import prior_draw
from diffusion.errors import InputError
from diffusion.evidence.reading import NamedSeries, find_series, packaged_evidence, read_series

pytestmark = pytest.mark.integration

#: the programme of pincer-east-midlands is over before the run is
NAMES = ("accelerator-organisations", "infliximab-sc", "pincer-east-midlands", "precept", "vte-assessment")
RUNS = 3


@pytest.fixture(scope="module")
def evidence() -> list[NamedSeries]:
    return [find_series(name) for name in NAMES]


@pytest.fixture(scope="module")
def curves(evidence: list[NamedSeries]) -> Curves:
    return follow(evidence, replicates=RUNS, jobs=1)


def test_points_are_what_a_fit_is_given(evidence: list[NamedSeries], curves: Curves) -> None:
    predicted = predict(evidence, replicates=RUNS, jobs=2)
    assert predicted.shape == (RUNS, len(places(evidence)))
    np.testing.assert_array_equal(curves.predicted, predicted)


def test_every_quantity_is_a_track_and_effects_end_with_their_point(
    evidence: list[NamedSeries], curves: Curves
) -> None:
    assert [track.key for track in tracks_of(evidence)] == [
        ("accelerator-organisations", "using", False),
        ("infliximab-sc", "ever", False),
        ("pincer-east-midlands", "enrolled", False),
        ("precept", "enrolled", False),
        ("precept", "use", True),
        ("vte-assessment", "complete", False),
    ]
    assert curves.months == 24
    for track, values in zip(curves.tracks, curves.values):
        assert values.shape == (RUNS, 25)
        assert np.isfinite(values[:, : 13 if track.effect else 25]).all()
    assert np.isnan(curves.values[4][:, 13:]).all()
    assert (curves.values[4][:, 0] == 0).all()


def test_what_was_ever_reached_never_falls(curves: Curves) -> None:
    for track, values in zip(curves.tracks, curves.values):
        if track.quantity in ("ever", "enrolled"):
            assert (np.diff(values, axis=1) >= 0).all()
    assert (np.diff(curves.reached, axis=2) >= 0).all()
    assert curves.reached.max() <= 1
    assert len(curves.portfolio) == 30


def test_first_months_by_trust_add_up_to_the_curve(curves: Curves) -> None:
    world = curves.world
    able = world.eligible[:, world.innovations.ids.index("infliximab-sc")]
    first = curves.first_use["infliximab-sc"]
    assert np.isinf(first[:, ~able]).all()
    by_month = np.stack([(first[:, able] <= month).mean(axis=1) for month in range(25)], axis=1)
    np.testing.assert_allclose(by_month, curves.values[1], atol=1e-12)


def test_draws_have_their_own_seeds_and_parameters(evidence: list[NamedSeries]) -> None:
    some = [item for item in evidence if item.id == "infliximab-sc"]
    found = follow(some, replicates=2, draws=2, jobs=1)
    assert (found.draws, found.runs) == (2, 4)
    assert seed_of(1, 0) != seed_of(1, 1) != seed_of(2, 1)
    second = follow(some, prior_draw(1, 1), replicates=2, seed=seed_of(1, 1), jobs=1)
    np.testing.assert_array_equal(found.values[0][2:], second.values[0])
    first = follow(some, replicates=2, draws=1, jobs=1)
    np.testing.assert_array_equal(found.values[0][:2], first.values[0])
    assert not np.array_equal(found.values[0][2:], first.values[0])
    set_alike = {"parameters.awareness.push_per_month": 0.1}
    assert not np.array_equal(follow(some, set_alike, 2, draws=1, jobs=1).values[0], first.values[0])


def test_faults_that_the_world_alone_can_tell_name_the_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = (
        "title: Ours\nwhat: trusts\nunit: trusts\nat_risk: 150\nstart: 2021-04\nkind: drug\n"
        "points: [{date: 2021-12, count: 3}]\nlevers:\n  ahsn-support:\n    start: 2021-04\n    programmes:\n"
        "      p: {innovations: [ourz], start: 2021-04, end: 2022-04, staff_wte: 5}\ngrade: B\nsource: ours\n"
    )
    path = tmp_path / "ours.yaml"
    path.write_text(text)
    item = read_series(path)
    with pytest.raises(
        InputError,
        match=r"ours.yaml:12: levers.ahsn-support.programmes.p.innovations: unknown name 'ourz'.*did you mean 'ours'",
    ):
        check_evidence([item], evidence_scenario([item]))
    path.write_text(text.replace("ourz", "ours"))
    item = read_series(path)
    check_evidence([item], evidence_scenario([item]))
    everything = packaged_evidence()
    check_evidence(everything, evidence_scenario(everything))
