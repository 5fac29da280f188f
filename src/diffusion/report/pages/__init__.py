"""Whole pages: of a result, of a validation, of a calibration, of observed adoption."""
