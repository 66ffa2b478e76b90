"""What is counted and measured, for Prometheus. Names and labels only: no person, no text."""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """All metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.inbound = Counter(
            "hai_chieu_inbound", "Messages taken in.", ["channel", "outcome"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "hai_chieu_turn_seconds",
            "From a message's arrival to its commit.",
            ["channel"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
            registry=self.registry,
        )
        self.deliveries = Counter(
            "hai_chieu_deliveries",
            "Attempts to send, by how they ended.",
            ["channel", "outcome"],
            registry=self.registry,
        )
        self.queued = Gauge(
            "hai_chieu_outbox_queued", "Messages that wait to be sent.", ["channel"], registry=self.registry
        )
        self.channel_up = Gauge(
            "hai_chieu_channel_up", "1 while a channel works.", ["channel", "state"], registry=self.registry
        )
        self.alarm = Gauge(
            "hai_chieu_alarm", "1 while something needs the operator.", ["name"], registry=self.registry
        )
        self.webhook_refused = Gauge(
            "hai_chieu_webhook_refused",
            "Calls of a webhook without a good signature, since the start.",
            ["channel"],
            registry=self.registry,
        )

    def show_alarms(self, names: Iterable[str]) -> None:
        """Show what is wrong at present, and nothing that was before."""
        self.alarm.clear()
        for name in names:
            self.alarm.labels(name).set(1)

    def show_channels(self, states: Mapping[str, str]) -> None:
        """Show the present state of each channel, and no state it had before."""
        self.channel_up.clear()
        for name, state in states.items():
            self.channel_up.labels(name, state).set(state == "ok")
