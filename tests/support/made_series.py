"""Made-up series: counts that the model itself gave at known parameters, for fits that must find these again."""

from __future__ import annotations

from pathlib import Path

import yaml

from diffusion.calibration.fit.plan import Plan
from diffusion.calibration.predicted import places, predict
from diffusion.evidence.reading import evidence

KEYS = ("parameters.awareness.push_per_month", "parameters.capacity.wte_per_size", "parameters.triage.push_per_month")
TRUTH = {KEYS[0]: 0.035, KEYS[1]: 6.0, KEYS[2]: 0.08}
EVERYBODY = ["acute", "mental_health", "community", "specialist", "care_trust", "ambulance"]
SMALL = {"waves": 2, "draws": 60, "replicates": 3, "steps": 400, "chains": 16, "posterior": 60, "seed": 5,
         "posterior_replicates": 2, "parameters": list(KEYS)}  # fmt: skip


def made_series(folder: Path) -> Path:
    """Write three series of made-up innovations whose counts the model gave at known parameters."""
    folder.mkdir()
    shape = {"use_share": 0.9, "early_use_share": 0.02, "log_push": 0.0, "log_scale_up": 0.0, "log_pilot_ending": 0.0,
             "benefit": 0.6, "signal": 0.6}  # fmt: skip
    kinds = {"made-drug": "drug", "made-digital": "digital", "made-pathway": "pathway"}
    at_risk = 233

    def write(counts: dict[str, list[int]]) -> None:
        for name, kind in kinds.items():
            points = [
                {"date": date, "count": count, "quantity": quantity}
                for (date, quantity), count in zip(
                    [("2016-06", "aware"), ("2016-12", "ever"), ("2017-06", "ever")], counts[name]
                )
            ]
            data = {
                "title": name, "what": "made up", "unit": "trusts", "at_risk": at_risk, "start": "2015-07",
                "kind": kind, "traits": {**shape, "eligible_sectors": EVERYBODY}, "points": points, "grade": "C",
                "source": "the model",
                "shocks": {"push": {"start": "2015-07", "awareness_push": 2.0, "triage_push": 2.0}},
            }  # fmt: skip
            (folder / f"{name}.yaml").write_text(yaml.safe_dump(data))

    write({name: [10, 20, 30] for name in kinds})
    chosen = [item for item in evidence(folder) if item.id in kinds]
    said_by_model = predict(chosen, {"parameters.relevance.limited": True, **TRUTH}, 1, 7)[0]
    found: dict[str, list[int]] = {name: [] for name in kinds}
    for place, share in zip(places(chosen), said_by_model):
        found[place.item.id].append(round(float(share) * at_risk))
    write(found)
    return folder


def small_plan(folder: Path) -> Plan:
    return Plan(**SMALL, evidence=str(folder), series=("made-digital", "made-drug", "made-pathway"))
