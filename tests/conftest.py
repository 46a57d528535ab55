import os

import pytest
from hypothesis import settings

# Other examples at every run on a desk, the same ones in CI; slow machines are no failure.
settings.register_profile("symconv", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("symconv")


SLOW = ("test_browser", "test_notebooks", "test_paper", "test_render")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that typeset, run notebooks or open a browser are slow; see the README."""
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failure: every witness must be there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("error: tests were skipped, and in CI none may be", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
