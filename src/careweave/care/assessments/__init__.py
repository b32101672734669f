"""Assessments, asked once for all professions: every question has an answer, or says why it has none."""
