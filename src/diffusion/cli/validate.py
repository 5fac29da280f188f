"""``diffusion validate``."""


def validate() -> None:
    """x"""
