"""Pure functions on result tables: outcomes, paired comparisons, who gains, money.

Nothing here knows how results were made: the functions read arrays with the replicate axis first.
"""
