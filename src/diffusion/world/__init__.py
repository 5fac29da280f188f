"""The fixed world: trusts, AHSNs, innovations and the networks between trusts. Knows nothing of time.

Import from the modules: ``spec`` (what a scenario may say), ``tables`` (the arrays), ``building.build``
(:func:`build_world`, :func:`with_network`), ``building.export`` (:func:`to_networkx`, :func:`export_network`).
"""

from diffusion.lazy import moved

moved(
    __name__,
    {
        name: f"diffusion.world.building.{name}"
        for name in ("build", "edges", "export", "layers", "networks", "synthetic")
    },
)
