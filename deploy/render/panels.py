"""What the dashboard shows, as PromQL: consumer lag first, then what a post passes through, in order."""

from dataclasses import dataclass
from typing import Final

from services.shared import metrics

HERE: Final = '{namespace="$namespace"}'
LAST_POLL: Final = f"schoolgate_last_successful_poll_timestamp_seconds{HERE}"
LAG: Final = f"{metrics.CONSUMERGROUP_LAG}{HERE}"
ACCOUNT_CHECKED: Final = f"schoolgate_account_checked_timestamp_seconds{HERE}"
_SECONDS: Final = f'max by (consumergroup, topic) ({metrics.CONSUMERGROUP_LAG_SECONDS}{{namespace="$namespace", %s}})'
LAG_SECONDS: Final = _SECONDS % 'consumergroup!~".*[.]backfill"'
BACKFILL_SECONDS: Final = _SECONDS % 'consumergroup=~".*[.]backfill"'
LAG_RECORDS: Final = f"sum by (consumergroup, topic) (max by (consumergroup, topic, partition) ({LAG}))"


@dataclass(frozen=True)
class Graph:
    """A graph: its expressions, each with the legend of its lines, and the unit in which Grafana shows them."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    description: str = ""


def _p95(histogram: str, label: str, window: str) -> str:
    return f"histogram_quantile(0.95, sum by (le, {label}) (rate({histogram}_bucket{HERE}[{window}])))"


ROWS: Final[tuple[tuple[str, tuple[Graph, ...]], ...]] = (
    (
        "Consumer lag",
        (
            Graph(
                "Lag in seconds",
                ((LAG_SECONDS, "{{consumergroup}} {{topic}}"),),
                "s",
                "Age of the oldest record that a group has not finished. People are promised an alert within a minute.",
            ),
            Graph(
                "Lag of audits and rechecks",
                ((BACKFILL_SECONDS, "{{consumergroup}} {{topic}}"),),
                "s",
                "They wait while anything live does, and have a day.",
            ),
            Graph("Lag in records", ((LAG_RECORDS, "{{consumergroup}} {{topic}}"),)),
        ),
    ),
    (
        "Delivery",
        (
            Graph(
                "Dead letters in the last hour",
                (
                    (
                        f"sum by (group, topic, reason) (increase(schoolgate_dead_letters_total{HERE}[1h]))",
                        "{{group}} {{topic}} {{reason}}",
                    ),
                ),
            ),
            Graph(
                "Blocked and halted groups",
                (
                    (f"max by (group) (schoolgate_delivery_blocked{HERE})", "{{group}} blocked"),
                    (f"max by (group) (schoolgate_delivery_halted{HERE})", "{{group}} halted"),
                ),
                description="Blocked: waits for a dependency. Halted: too many dead letters, waits for a person.",
            ),
            Graph(
                "Outbox: events not yet on Kafka", ((f"max by (owner) (schoolgate_outbox_pending{HERE})", "{{owner}}"),)
            ),
        ),
    ),
    (
        "Ingest",
        (
            Graph(
                "Since an account was last checked",
                ((f"time() - max by (account_id) ({ACCOUNT_CHECKED})", "{{account_id}}"),),
                "s",
                "What was published before that has been read, in every stream of the account.",
            ),
            Graph(
                "Since the last successful poll",
                (
                    (
                        f"time() - max by (account_id, stream) ({LAST_POLL})",
                        "{{account_id}} {{stream}}",
                    ),
                ),
                "s",
            ),
            Graph(
                "Polls by outcome",
                (
                    (
                        f"sum by (platform, outcome) (rate(schoolgate_polls_total{HERE}[$__rate_interval]))",
                        "{{platform}} {{outcome}}",
                    ),
                ),
                "ops",
            ),
            Graph(
                "Share of the platform's allowance used",
                ((f"max by (account_id) (schoolgate_platform_budget_used_ratio{HERE})", "{{account_id}}"),),
                "percentunit",
            ),
        ),
    ),
    (
        "Deletions, rechecks, audits",
        (
            Graph(
                "Since a live post was looked up",
                ((f"max by (account_id) (schoolgate_look_up_age_seconds{HERE})", "{{account_id}}"),),
                "s",
                "The post that has waited longest. What is deleted on a platform is noticed by this, within 24 hours.",
            ),
            Graph(
                "Deleted, and not yet gone from here",
                ((f"max(schoolgate_purge_overdue_seconds{HERE})", "overdue"),),
                "s",
            ),
            Graph(
                "Since the oldest change whose recheck is not done",
                ((f"max(schoolgate_recheck_age_seconds{HERE})", "oldest"),),
                "s",
                "New pupils wait until the register is quiet, for up to an hour.",
            ),
            Graph(
                "Posts read by audits",
                (
                    (
                        f"sum by (platform) (rate(schoolgate_audited_posts_total{HERE}[$__rate_interval]))",
                        "{{platform}}",
                    ),
                    (f"max(schoolgate_audits_running{HERE})", "audits that run"),
                ),
            ),
        ),
    ),
    (
        "Detectors",
        (
            Graph(
                "Answers by status",
                (
                    (
                        f"sum by (detector, status) (rate(schoolgate_analyses_total{HERE}[$__rate_interval]))",
                        "{{detector}} {{status}}",
                    ),
                ),
                "ops",
            ),
            Graph(
                "Time of one check, 95th percentile",
                (
                    (
                        _p95("schoolgate_detect_seconds", "detector", "5m"),
                        "{{detector}}",
                    ),
                ),
                "s",
            ),
            Graph(
                "Engine restarts in the last hour",
                (
                    (
                        f"sum by (detector, reason) (increase(schoolgate_engine_restarts_total{HERE}[1h]))",
                        "{{detector}} {{reason}}",
                    ),
                ),
            ),
        ),
    ),
    (
        "Alerts",
        (
            Graph(
                "From reading a post to its alert, 95th percentile",
                (
                    (
                        _p95("schoolgate_observed_to_alert_seconds", "severity", "30m"),
                        "{{severity}}",
                    ),
                ),
                "s",
            ),
            Graph(
                "Checks open",
                ((f"max(schoolgate_checks_open{HERE})", "open"),),
                description="Checks that wait for an answer.",
            ),
            Graph(
                "Deliveries pending",
                ((f"max(schoolgate_deliveries_pending{HERE})", "pending"),),
                description="Messages that no channel took yet; those for the next school day are among them.",
            ),
        ),
    ),
)
