"""Kernels: the decorators, the compiler, and the frame through which kernels read everything."""
