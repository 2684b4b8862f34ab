"""The Grafana dashboard, as its own library builds it."""

import json
from string import ascii_uppercase
from typing import Final

from grafana_foundation_sdk.builders.common import ReduceDataOptions
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DatasourceVariable,
    QueryVariable,
    Row,
    ThresholdsConfig,
)
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as Timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode

from deploy.render.panels import LAG_SECONDS, ROWS, Graph

LATE_SECONDS: Final = 60.0
VERY_LATE_SECONDS: Final = 300.0
PROMETHEUS: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")


def to_json() -> str:
    """Return the dashboard as Grafana reads it."""
    return (
        json.dumps(json.loads(JSONEncoder(sort_keys=True).encode(_dashboard().build())), indent=1, sort_keys=True)
        + "\n"
    )


def _dashboard() -> Dashboard:
    board = (
        Dashboard("Schoolgate")
        .uid("schoolgate")
        .tags(["schoolgate", "generated"])
        .refresh("30s")
        .time("now-3h", "now")
        .timezone("browser")
        .with_variable(DatasourceVariable("datasource").type("prometheus"))
        .with_variable(
            QueryVariable("namespace").datasource(PROMETHEUS).query("label_values(schoolgate_part_ready, namespace)")
        )
        .with_panel(_headline())
    )
    for title, graphs in ROWS:
        board = board.with_row(Row(title))
        for graph in graphs:
            board = board.with_panel(_graph(graph, 24 // len(graphs)))
    return board


def _headline() -> Stat:
    levels = (("green", None), ("orange", LATE_SECONDS), ("red", VERY_LATE_SECONDS))
    return (
        Stat()
        .title("Longest wait in any queue")
        .unit("s")
        .span(24)
        .height(5)
        .datasource(PROMETHEUS)
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(
            ThresholdsConfig()
            .mode(ThresholdsMode.ABSOLUTE)
            .steps([Threshold(color=color, value=value) for color, value in levels])
        )
        .with_target(_query(f"max by (consumergroup) ({LAG_SECONDS})", "{{consumergroup}}", "A"))
    )


def _graph(graph: Graph, width: int) -> Timeseries:
    panel = Timeseries().title(graph.title).description(graph.description).unit(graph.unit).min(0)
    panel = panel.span(width).height(8).datasource(PROMETHEUS)
    for (expression, legend), letter in zip(graph.queries, ascii_uppercase, strict=False):
        panel = panel.with_target(_query(expression, legend, letter))
    return panel


def _query(expression: str, legend: str, letter: str) -> Dataquery:
    return Dataquery().expr(expression).legend_format(legend).ref_id(letter)
