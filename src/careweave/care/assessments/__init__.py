"""The short assessment, asked once: every question has an answer, or says why it has none."""
