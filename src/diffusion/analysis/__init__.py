"""Pure functions on tables of results and of observed adoption: nothing here runs or writes anything.

Sub-rooms, from the ground up: ``results`` (measures of simulated results, differences, intervals), on it ``observed``
(histories of adoption), ``economics`` and ``uncertainty``, on these ``bass`` and ``networks``. ``findings`` stands on
all of them: it measures everything that ``diffusion analyse`` reports. Each sub-room hands on its main names.
Functions that take results read arrays with the replicate axis first and do not know how they were made.
"""
