"""Speeds and sizes: `make bench` runs every module here that has a `measure`, and writes docs/benchmarks.md."""
