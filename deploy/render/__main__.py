"""`python -m deploy.render`: write every generated manifest and page anew; `--check` only tells which are stale."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.render import dashboard, kafka, settings
from services.shared.paths import ROOT

K8S = ROOT / "deploy" / "k8s"


def rendered() -> Mapping[Path, str]:
    """Return the text of every generated file, by where it belongs."""
    return {
        K8S / "base" / "kafka-users.yaml": kafka.to_yaml(kafka.users()),
        K8S / "kafka" / "topics.yaml": kafka.to_yaml(kafka.topics(kafka.CLUSTER)),
        K8S / "overlays" / "dev" / "topics.yaml": kafka.to_yaml(kafka.topics(kafka.ONE_NODE)),
        K8S / "monitoring" / "dashboards" / "schoolgate.json": dashboard.to_json(),
        ROOT / "docs" / "settings.md": settings.to_markdown(),
    }


def main() -> None:
    """Write the files, or with `--check` exit with the names of those that are not current."""
    parser = argparse.ArgumentParser(prog="python -m deploy.render", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 when a file is stale")
    check = parser.parse_args().check
    stale = {path: text for path, text in rendered().items() if not path.exists() or path.read_text("utf-8") != text}
    if check and stale:
        names = ", ".join(str(path.relative_to(ROOT)) for path in stale)
        sys.exit(f"not current: {names}; run `python -m deploy.render`")
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
