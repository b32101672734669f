"""The record as pseudonymised tables for analysis, and every score, written once over them."""
