"""The virtual environment, made from the hashed locks by the bare Python.

Standard library only. `bootstrap run` goes on to start the portal.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys

from portal.local import place

ENVIRONMENT = place.ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / "installed-from"
# Each lock holds everything the one before it holds.
LOCKS = ("production", "local", "development")


def main(arguments: list[str]) -> None:
    wanted = arguments[0] if arguments else "development"
    try:
        if wanted == "run":
            # Said before a first installation, which takes a minute.
            place.refuse_second_run()
            place.require_free_port(place.port_to_serve())
            make_environment("local")
        else:
            make_environment(wanted)
    except place.StartRefused as refusal:
        place.give_up(refusal)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    if wanted == "run":
        os.chdir(place.ROOT)
        os.execv(PYTHON, [str(PYTHON), "-m", "portal.local.run"])  # noqa: S606


def make_environment(lock: str) -> None:
    """Have what `lock` lists installed in `.venv`; at once when it is already there.

    Raises StartRefused when that fails.
    """
    if _satisfied(lock):
        return
    place.say(f"Installing from requirements/{lock}.txt …")
    uv = shutil.which("uv")
    STAMP.unlink(missing_ok=True)
    if not _usable():
        _make_empty(uv)
    _install(uv, lock)
    STAMP.write_text(_stamp(lock), encoding="utf-8")


def _satisfied(lock: str) -> bool:
    if not _usable() or not STAMP.exists():
        return False
    installed = STAMP.read_text(encoding="utf-8")
    return installed in {_stamp(larger) for larger in LOCKS[LOCKS.index(lock) :]}


def _stamp(lock: str) -> str:
    text = (place.ROOT / "requirements" / f"{lock}.txt").read_bytes()
    return f"{lock} {hashlib.sha256(text).hexdigest()}\n"


def _usable() -> bool:
    """Whether the environment's Python still runs: the one it was made from may be gone."""
    fits = "import sys; sys.exit(sys.version_info < (3, 12))"
    try:
        return subprocess.run([PYTHON, "-c", fits], check=False).returncode == 0
    except OSError:
        return False


def _make_empty(uv: str | None) -> None:
    if uv is None and importlib.util.find_spec("ensurepip") is None:
        raise place.StartRefused(
            "this Python comes without ensurepip, so it cannot make a virtual environment;"
            " install it (Debian: python3-venv), or uv."
        )
    if uv is not None:
        command = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(ENVIRONMENT)]
    else:
        command = [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)]
    _do(command, "the virtual environment could not be made")


def _install(uv: str | None, lock: str) -> None:
    requirements = str(place.ROOT / "requirements" / f"{lock}.txt")
    if uv is not None:
        command = [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    else:
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _do(
        [*command, "--require-hashes", "-r", requirements],
        f"the packages of requirements/{lock}.txt could not be installed",
    )


def _do(command: list[str], failure: str) -> None:
    # The environment of another project must not lead the installer astray.
    clean = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    if subprocess.run(command, check=False, env=clean).returncode != 0:
        raise place.StartRefused(f"{failure} (the reason stands above).")


if __name__ == "__main__":
    main(sys.argv[1:])
