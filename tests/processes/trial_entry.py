"""Test-only: the panel with tests.trial mounted, for real servers. `flask --app tests.processes.trial_entry serve`."""

import app as panel
from services import file_access
from tests import trial


def create_app():
    made = panel.create_app()
    trial.mount(made)
    file_access.READERS["notices"] = trial.visible
    return made
