"""A real PostgreSQL for the tests: a given one, or Debian's programs started in a temporary folder."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

URL_VARIABLE = "TEST_POSTGRES_URL"
"""URL of a server where databases may be made, such as postgresql+asyncpg://postgres@127.0.0.1/postgres."""


def find_programs() -> Path | None:
    """Return the folder with initdb and postgres, or None where the server is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).parent)
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """Run a server on a Unix socket in a temporary folder; gives its URL.

    PostgreSQL refuses to run as root: then it runs as the package's user, or as nobody.
    """
    folder = Path(tempfile.mkdtemp(prefix="hai-chieu-pg-"))
    user = _unprivileged()
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, cwd=folder, timeout=60)

    data = folder / "data"
    options = (
        f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=60"
        " -c fsync=off -c autovacuum=off"
    )
    try:
        run(
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        )
        run(
            str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start"
        )
        try:
            yield f"postgresql+asyncpg://postgres@/postgres?host={folder}"
        finally:
            run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
