"""A page to ask with: ``diffusion app`` serves it on this machine alone.

``base`` who may ask and what pages are made with; ``helpers`` processes that run and draw; ``jobs`` what was asked to
be run; ``ask`` questions in the making; ``see`` results as pages; ``keep`` the library of results; ``studies`` ready
studies; ``pages`` a file for each page.
"""
