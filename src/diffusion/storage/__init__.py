"""Formats on disk, each with its writer and its reader side by side.

``table_files``: Parquet and CSV. ``columns``, ``appraisal_columns``: the tables of a comparison. ``page_data``: what a
page needs beside them; ``stored_results`` puts what is read back into the shape that analysis reads, with the world of
``stored_world``. ``manifest``: what was run, each scenario as a ``scenario_entry``. ``folder``, ``whole_files``:
folders and files that are there in full or not at all.
"""
