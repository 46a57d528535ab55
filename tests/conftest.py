import os
import signal
from importlib.util import find_spec

import pytest
from hypothesis import settings

# Other examples at every run on a desk, the same ones in CI; slow machines are no failure.
settings.register_profile("symconv", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("symconv")


# What is started in the background ignores Ctrl-C, and so would the programs that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Keras computes by TensorFlow where nothing is said, which no other test needs.
os.environ.setdefault("KERAS_BACKEND", "jax")

# Examples in docstrings that make a framework's object, by what they need.
FRAMEWORKS = {"to_torch": ("torch",), "to_keras": ("keras", "jax"), "to_jax": ("jax",)}

# What changes the process that imports it: the plugin that hides NumPy, and JAX in double precision.
collect_ignore = ["no_numpy.py", "differential/jax_layers.py", "differential/layer_table.py"]

SLOW = ("test_browser", "test_notebooks", "test_paper", "test_render")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is slow, see the README, and what needs a framework that is not installed."""
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)
        for library in FRAMEWORKS.get(item.name.rpartition(".")[2], ()):
            missing = find_spec(library) is None
            item.add_marker(pytest.mark.skipif(missing, reason=f"{library} is not installed"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure: every witness must be there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("error: tests were skipped, and in CI none may be", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
