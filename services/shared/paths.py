"""Where the files lie that ship with the program (profiles, models, topics)."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOPICS = ROOT / "schemas" / "topics.yaml"
POLICIES = Path(os.environ.get("SCHOOLGATE_POLICIES_DIR") or ROOT / "policies")
"""A deployment with profiles of its own names its folder."""
MODELS = ROOT / "models"
