"""Where the files lie that ship with the program (profiles, models, topics)."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOPICS = ROOT / "schemas" / "topics.yaml"
POLICIES = ROOT / "policies"
MODELS = ROOT / "models"
