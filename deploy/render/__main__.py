"""`python -m deploy.render`: write every generated manifest and page anew."""

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
    """Write the files."""
    for path, text in rendered().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
