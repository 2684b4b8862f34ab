"""The invented school as files: its facts, people and story, and the script that drew the people."""
