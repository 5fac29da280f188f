"""``python -m diffusion``: the command line. With ``python -P`` no module is ever looked for in the current folder."""

from diffusion.cli.app import main

if __name__ == "__main__":
    main()
