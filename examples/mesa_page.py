"""The model on Mesa's own page, in a browser: ``solara run examples/mesa_page.py``; it needs no network.

    pip install "nhs-diffusion[mesa-page]"

Trusts stand where they are in England; a trust is the bluer the more innovations it has adopted.
"""

from __future__ import annotations

import networkx as nx
import solara
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from mesa.visualization import Slider, SolaraViz, make_plot_component, make_space_component
from mesa.visualization.components import AgentPortrayalStyle
from mesa.visualization.utils import update_counter

import diffusion as df

POLICIES = ["no-programmes", "baseline", "baseline+local-first"]


def portrayal(trust: df.Trust) -> AgentPortrayalStyle:
    share = trust.n_adopted / max(1, trust.model.world.n_innovations)
    return AgentPortrayalStyle(color=to_hex(colormaps["cividis_r"](min(1.0, 2 * share))), size=40)


def on_the_map(graph: nx.Graph, **_: object) -> dict[int, tuple[float, float]]:
    return nx.get_node_attributes(graph, "position")


def map_axes(axes: Axes) -> None:
    axes.set_aspect("equal")
    axes.set_title("Trusts: yellow none, dark blue half of the innovations or more adopted", fontsize=9)


def plot_axes(axes: Axes) -> None:
    axes.set_ylabel("pairs of trust and innovation")


@solara.component
def month(model: df.DiffusionModel) -> None:
    update_counter.get()  # drawn again after every step
    share = 100 * model.measure("adopter_share")
    solara.Text(f"Month {model.month} of {model.policy.months}, {model.date.words}: adopter share {share:.2f} %")


# the first month ever compiles the model, which takes a minute: better before the page opens than at its first step
df.DiffusionModel("baseline").step()

page = SolaraViz(
    df.DiffusionModel("baseline"),
    components=[
        make_space_component(portrayal, post_process=map_axes, draw_grid=False, layout_alg=on_the_map),
        make_plot_component({"adopters": "tab:blue", "pilots": "tab:orange"}, post_process=plot_axes),
        (month, 0),
    ],
    model_params={
        "policy": {"type": "Select", "value": "baseline", "values": POLICIES, "label": "Policy"},
        "replicate": Slider("Replicate", 0, 0, 20, 1),
        "seed": 1,
    },
    name="Diffusion of innovations in the NHS in England",
)
