"""The quick tests on every Python that is promised: `nox`, or `nox -s tests-3.12`; one that is not here is left out.

Each session installs the lock, hashes held, into an environment of its own.
"""

from __future__ import annotations

import nox

nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Import everything, then what `make test-fast` runs."""
    session.install("--quiet", "--require-hashes", "-r", "requirements.lock")
    session.install("--quiet", "--no-deps", "--editable", ".")
    session.run("countenance", "--version")
    session.run(
        "python", "-m", "pytest", "-n", "2", "--dist", "loadfile", "-m", "not slow and not soak", *session.posargs
    )
