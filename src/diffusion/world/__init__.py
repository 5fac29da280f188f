"""The fixed world: trusts, AHSNs, innovations and the networks between trusts. Knows nothing of time.

Import from the modules: ``spec`` (what a scenario may say), ``build`` (:func:`build_world`, :func:`with_network`),
``tables`` (the arrays), ``export`` (:func:`to_networkx`, :func:`export_network`).
"""
