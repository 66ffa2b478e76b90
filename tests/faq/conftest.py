"""What reads signals, built once: learning takes a second."""

from __future__ import annotations

import pytest

from faq.signals import Signals
from handlers.signals import shipped
from handlers.topics import Library
from tests.faq.signals_figures import Figures, figures


@pytest.fixture(scope="session")
def signals(library: Library) -> Signals:
    return shipped(list(library.topics.values()))


@pytest.fixture(scope="session")
def measured(signals: Signals, library: Library) -> Figures:
    return figures(signals, list(library.topics.values()))
