"""Every metric of Schoolgate, by name. Dashboards and alert rules are tested against this file."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900)

# Delivery
EVENTS_HANDLED = Counter("schoolgate_events_handled_total", "Events handled to the end", ["topic", "group"])
EVENTS_BLOCKED = Counter(
    "schoolgate_events_blocked_total", "Attempts that failed because a dependency did", ["topic", "group"]
)
DEAD_LETTERS = Counter("schoolgate_dead_letters_total", "Records parked", ["topic", "group", "reason"])
DELIVERY_BLOCKED = Gauge("schoolgate_delivery_blocked", "1 while a partition waits for a dependency", ["group"])
DELIVERY_HALTED = Gauge(
    "schoolgate_delivery_halted", "1 after too many dead letters, until a person restarts it", ["group"]
)
HANDLER_SECONDS = Histogram(
    "schoolgate_handler_seconds", "Time to handle one event", ["topic", "group"], buckets=_SECONDS
)
EVENT_AGE = Histogram(
    "schoolgate_event_age_seconds", "Age of an event when it is handled", ["topic", "group"], buckets=_SECONDS
)

# Outbox
OUTBOX_PENDING = Gauge("schoolgate_outbox_pending", "Rows not yet acknowledged by the broker", ["owner"])
OUTBOX_PUBLISHED = Counter("schoolgate_outbox_published_total", "Rows acknowledged by the broker", ["owner", "topic"])

# Ingest
POLLS = Counter("schoolgate_polls_total", "Polls of an account's stream, by outcome", ["platform", "stream", "outcome"])
POLL_SECONDS = Histogram("schoolgate_poll_seconds", "Time of one poll", ["platform", "stream"], buckets=_SECONDS)
LAST_POLL = Gauge(
    "schoolgate_last_successful_poll_timestamp_seconds", "When an account was last read", ["account_id", "stream"]
)
UNREADABLE_POSTS = Counter(
    "schoolgate_unreadable_posts_total", "Posts in a platform's answer that made no sense", ["platform"]
)
REVISIONS = Counter("schoolgate_revisions_total", "Revisions recorded", ["platform", "cause"])
MEDIA_FETCHED = Counter(
    "schoolgate_media_total", "Attachments fetched or given up, by outcome", ["platform", "outcome"]
)
PLATFORM_BUDGET = Gauge(
    "schoolgate_platform_budget_used_ratio", "Share of a platform's allowance that is used", ["account_id"]
)

PURGED = Counter("schoolgate_purged_total", "Blobs removed or rewritten after a deletion, by part", ["part"])
PURGE_OVERDUE = Gauge("schoolgate_purge_overdue_seconds", "For how long the oldest purge has been due; 0 when none is")
LOOK_UP_AGE = Gauge(
    "schoolgate_look_up_age_seconds", "Time since the live post that waits longest was looked up", ["account_id"]
)
RECHECK_AGE = Gauge(
    "schoolgate_recheck_age_seconds", "Time since the oldest change of a register whose recheck is not done; 0 without"
)
AUDITS_RUNNING = Gauge("schoolgate_audits_running", "Audits that are to go on")
AUDITED = Counter("schoolgate_audited_posts_total", "Posts that audits have read", ["platform"])

# Analyze
ANALYSES = Counter("schoolgate_analyses_total", "Answers given, by status", ["detector", "status"])
FINDINGS = Counter("schoolgate_findings_total", "Findings reported", ["detector", "category"])
DETECT_SECONDS = Histogram(
    "schoolgate_detect_seconds", "Time of a detector on one check", ["detector"], buckets=_SECONDS
)
ENGINE_RESTARTS = Counter(
    "schoolgate_engine_restarts_total", "Engine children replaced, by reason", ["detector", "reason"]
)

# Notify
CHECKS_ENDED = Counter("schoolgate_checks_ended_total", "Checks ended, by outcome", ["outcome"])
CHECKS_OPEN = Gauge("schoolgate_checks_open", "Checks that wait for an answer", [])
ALERTS_RAISED = Counter("schoolgate_alerts_raised_total", "Generations of alerts raised", ["audience", "severity"])
DELIVERIES = Counter("schoolgate_deliveries_total", "Messages handed to a channel, by outcome", ["channel", "outcome"])
DELIVERIES_PENDING = Gauge("schoolgate_deliveries_pending", "Messages not yet accepted by their channel", [])
FETCH_TO_ALERT = Histogram(
    "schoolgate_observed_to_alert_seconds", "From reading a post to raising its alert", ["severity"], buckets=_SECONDS
)

# Console
REQUESTS = Counter("schoolgate_console_requests_total", "Pages served", ["method", "status"])

# Every process
PART_READY = Gauge("schoolgate_part_ready", "1 while a part of a process is ready", ["service", "part"])

# Observe (the lag under kafka_exporter's names, so that existing dashboards work)
CONSUMERGROUP_OFFSET: Final = "kafka_consumergroup_current_offset"
CONSUMERGROUP_LAG: Final = "kafka_consumergroup_lag"
CONSUMERGROUP_LAG_SECONDS: Final = "kafka_consumergroup_lag_seconds"
TOPIC_OFFSET: Final = "kafka_topic_partition_current_offset"
_ACCOUNT = ["school_id", "account_id"]
ACCOUNT_CHECKED = Gauge(
    "schoolgate_account_checked_timestamp_seconds", "Until when everything on an account has been read", _ACCOUNT
)
ACCOUNT_STATUS = Gauge(
    "schoolgate_account_status_timestamp_seconds", "When ingest last said how an account is being read", _ACCOUNT
)
ACCOUNT_WELL = Gauge("schoolgate_account_well", "1 while an account is being read as planned", _ACCOUNT)
