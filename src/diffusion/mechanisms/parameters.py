"""All parameters of the model, one section per mechanism."""

from __future__ import annotations

from pydantic import Field

from diffusion.engine.parameters import ParameterInfo, Section, describe_section
from diffusion.mechanisms.abandonment import AbandonmentParameters
from diffusion.mechanisms.attributes import AttributeParameters
from diffusion.mechanisms.awareness import AwarenessParameters
from diffusion.mechanisms.beliefs import BeliefParameters
from diffusion.mechanisms.burden import BurdenParameters
from diffusion.mechanisms.capacity import CapacityParameters
from diffusion.mechanisms.evaluation import EvaluationParameters
from diffusion.mechanisms.exposure import ExposureParameters
from diffusion.mechanisms.finance import FinanceParameters
from diffusion.mechanisms.pilot import PilotParameters
from diffusion.mechanisms.rollout import RolloutParameters
from diffusion.mechanisms.supply.parameters import SupplyParameters
from diffusion.mechanisms.triage import TriageParameters
from diffusion.mechanisms.use import UseParameters
from diffusion.mechanisms.variety.early_use import EarlyUseParameters
from diffusion.mechanisms.variety.heterogeneity import HeterogeneityParameters
from diffusion.mechanisms.variety.relevance import RelevanceParameters


class Parameters(Section):
    """Every parameter of the mechanisms, with the defaults of the model."""

    attributes: AttributeParameters = Field(default_factory=AttributeParameters)
    heterogeneity: HeterogeneityParameters = Field(default_factory=HeterogeneityParameters)
    relevance: RelevanceParameters = Field(default_factory=RelevanceParameters)
    early_use: EarlyUseParameters = Field(default_factory=EarlyUseParameters)
    exposure: ExposureParameters = Field(default_factory=ExposureParameters)
    awareness: AwarenessParameters = Field(default_factory=AwarenessParameters)
    triage: TriageParameters = Field(default_factory=TriageParameters)
    evaluation: EvaluationParameters = Field(default_factory=EvaluationParameters)
    pilot: PilotParameters = Field(default_factory=PilotParameters)
    rollout: RolloutParameters = Field(default_factory=RolloutParameters)
    abandonment: AbandonmentParameters = Field(default_factory=AbandonmentParameters)
    use: UseParameters = Field(default_factory=UseParameters)
    capacity: CapacityParameters = Field(default_factory=CapacityParameters)
    beliefs: BeliefParameters = Field(default_factory=BeliefParameters)
    burden: BurdenParameters = Field(default_factory=BurdenParameters)
    finance: FinanceParameters = Field(default_factory=FinanceParameters)
    supply: SupplyParameters = Field(default_factory=SupplyParameters)


def all_parameters() -> list[ParameterInfo]:
    """Return every parameter of every mechanism, in the order of the sections."""
    rows: list[ParameterInfo] = []
    for section, info in Parameters.model_fields.items():
        rows += describe_section(section, info.annotation)  # type: ignore[arg-type]
    return rows
