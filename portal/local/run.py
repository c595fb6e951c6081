"""`make run`: the whole portal on one machine, until Ctrl-C."""

from __future__ import annotations

import base64
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from urllib.parse import urlsplit

import django
import psycopg

from portal.local import addresses, demo_webhooks, embedded, place, platform_credential
from portal.local.programs import Program, how_it_ended
from portal.local.supervisor import Stopped, Supervisor
from portal.settings.addresses import is_on_this_machine

# Django 6.1 asks for it.
OLDEST_POSTGRES = 15
SECONDS_TO_ANSWER = 60


def main() -> None:
    supervisor = Supervisor()
    supervisor.listen_for_stop()
    try:
        port = place.port_to_serve()
        address = f"http://{place.HOST}:{port}"
        claimed = place.claim(f"{address}, process {os.getpid()}")
        with claimed:
            place.require_free_port(port)
            _run(supervisor, port, address)
    except place.StartRefused as refusal:
        supervisor.stop_all()
        place.give_up(refusal)
    except PermissionError as error:
        supervisor.stop_all()
        place.give_up(
            place.StartRefused(
                f"{error.filename} belongs to another user (an earlier run as root?);"
                " run as that user, or remove it."
            )
        )
    except Stopped:
        place.say("\nStopping …")
        supervisor.stop_all()
        place.say("Stopped. `make run` starts again where it was.")
    finally:
        supervisor.stop_all()


def _run(supervisor: Supervisor, port: int, address: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")
    os.environ.setdefault("PORTAL_ADDRESS", address)
    # Often enough to see what moving the clock brings; production looks once a minute.
    os.environ.setdefault("SCHEDULE_SECONDS", "10")
    os.environ.setdefault("WORKER_PROCESSES", "2")
    try:
        _have_services(supervisor)
        platform = _own_platform(address)
        _keep_addresses()
        _prepare(supervisor)
        if platform is not None:
            known = {
                "PLATFORM_CREDENTIAL": platform_credential.known(),
                "DEMO_WEBHOOK_SECRETS": demo_webhooks.known(),
            }
            supervisor.start(replace(platform, environment=known), restart=True)
        supervisor.start(_web(port), restart=False)
        supervisor.start(_worker(), restart=True)
        supervisor.start(_scheduler(), restart=True)
        _wait_until_it_answers(supervisor, address)
        _greet(address)
        supervisor.run()
    finally:
        addresses.forget()


def _have_services(supervisor: Supervisor) -> None:
    if "DATABASE_URL" in os.environ:
        require_database(os.environ["DATABASE_URL"])
    else:
        postgres = embedded.Postgres(place.LOCAL / "postgres", durable=True)
        if postgres.moved:
            place.say(
                f"This directory is closed to other users and PostgreSQL does not run as root:"
                f" its data is in {postgres.directory}."
            )
        supervisor.watch(postgres.start("portal"))
        os.environ["DATABASE_URL"] = postgres.url
    if "REDIS_URL" in os.environ:
        require_redis(os.environ["REDIS_URL"])
    else:
        valkey = embedded.Valkey(place.LOCAL / "valkey")
        supervisor.watch(valkey.start())
        os.environ["REDIS_URL"] = valkey.url


def _keep_addresses() -> None:
    """For other commands of this clone, until this run is over."""
    addresses.keep({name: os.environ.get(name, "") for name in addresses.NAMES})


def _own_platform(portal: str) -> Program | None:
    """The reference Operation Center, unless the environment names another one.

    What both sides sign with is made for this run, and forgotten with its addresses.
    """
    if "OPERATION_CENTER_URL" in os.environ:
        return None
    port = place.own_port("operation-center")
    os.environ["OPERATION_CENTER_URL"] = f"http://{place.HOST}:{port}"
    os.environ["OPERATION_CENTER_SECRET"] = _new_secret()
    os.environ["PLATFORM_SECRET"] = _new_secret()
    command = [
        sys.executable, "manage.py", "operation_center", f"--port={port}", f"--portal={portal}",
    ]  # fmt: skip
    return Program("platform", command, seconds_to_stop=10)


def _new_secret() -> str:
    """As Standard Webhooks writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def require_database(url: str) -> None:
    """Raises StartRefused, which never shows the password, without a database that can be used."""
    if not is_on_this_machine(url):
        raise place.StartRefused(
            f"the database of DATABASE_URL ({_without_password(url)}) is on another machine;"
            " the demo uses none but one on this."
        )
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
    except (psycopg.Error, ValueError) as error:
        reason = " ".join(str(error).split())
        raise place.StartRefused(
            f"the database of DATABASE_URL ({_without_password(url)}) cannot be reached: {reason}"
        ) from None
    if version < OLDEST_POSTGRES:
        raise place.StartRefused(
            f"the database of DATABASE_URL is PostgreSQL {version};"
            f" {OLDEST_POSTGRES} or newer is needed."
        )


def require_redis(url: str) -> None:
    """Raises StartRefused, without the password, when Redis does not answer."""
    try:
        answers = embedded.redis_answers(url)
    except ValueError:
        answers = False
    if not answers:
        raise place.StartRefused(
            f"the Redis or Valkey of REDIS_URL ({_without_password(url)}) cannot be reached."
        )


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
        where = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return "unreadable"
    return f"{where}{parts.path}"


def _prepare(supervisor: Supervisor) -> None:
    """Words, tables, catalogue, demo: in a process of its own, so that this one stays small."""
    program = Program("prepare", [sys.executable, "-m", "portal.local.prepare"])
    preparing = subprocess.Popen(program.command, cwd=place.ROOT, start_new_session=True)
    try:
        while (code := preparing.poll()) is None:
            supervisor.check()
            time.sleep(0.1)
    except BaseException:
        preparing.terminate()
        preparing.wait()
        raise
    if code != 0:
        raise place.StartRefused(f"preparing the database {how_it_ended(code)}; see above.")


def _web(port: int) -> Program:
    command = [
        sys.executable, "-m", "gunicorn", "portal.wsgi",
        f"--bind={place.HOST}:{port}",
        f"--workers={min(os.cpu_count() or 1, 2)}",
        "--threads=2",
        "--graceful-timeout=10",
        "--log-level=warning",
        "--no-control-socket",
    ]  # fmt: skip
    if os.environ.get("DEBUG") == "1":
        command.append("--reload")
    return Program("web", command, seconds_to_stop=15)


def _worker() -> Program:
    command = [
        sys.executable, "-m", "celery", "--quiet", "-A", "portal", "worker",
        "--loglevel=warning", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    return Program("worker", command, seconds_to_stop=30)


def _scheduler() -> Program:
    command = [
        sys.executable, "-m", "celery", "--quiet", "-A", "portal", "beat",
        "--loglevel=warning",
        f"--schedule={place.LOCAL / 'celerybeat-schedule'}",
        "--pidfile=",
    ]  # fmt: skip
    return Program("beat", command, stop_signal=signal.SIGTERM, seconds_to_stop=10)


def _wait_until_it_answers(supervisor: Supervisor, address: str) -> None:
    until = time.monotonic() + SECONDS_TO_ANSWER
    while not _answers(address):
        supervisor.check()
        if time.monotonic() > until:
            raise place.StartRefused(f"the web server does not answer at {address}.")
        time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/healthz", timeout=5).close()  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        return error.code < 500
    except OSError:
        return False
    return True


def _greet(address: str) -> None:
    django.setup()
    from portal.demo.people import DEMO_PASSWORD, DEMO_SIGN_INS

    width = max(len(sign_in.email) for sign_in in DEMO_SIGN_INS)
    place.say(f"\nThe portal is at {address}/\n")
    for sign_in in DEMO_SIGN_INS:
        place.say(f"  {sign_in.email:<{width}}  {sign_in.who}")
    place.say(f"\nThe password of all of them: {DEMO_PASSWORD}")
    platform = os.environ["OPERATION_CENTER_URL"]
    place.say(f"The platform that it provisions, which hears its webhooks too: {platform}/")
    place.say(f"Mail lands in {place.LOCAL / 'mail'}. Ctrl-C stops everything.\n")


if __name__ == "__main__":
    main()
