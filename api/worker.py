"""`annals worker`: does the jobs. Any number may run."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any

import structlog
from dramatiq import Worker
from psycopg_pool import ConnectionPool

from adapters.blind import KeyedBlind
from adapters.clamd import scanner
from adapters.extraction import LimitedReader
from adapters.jobs import broker_of, declare
from adapters.letters.addresses import sender
from adapters.object_store import files_in
from adapters.open_badges import OpenBadges
from adapters.outbox import Outbox
from adapters.postgres.addressees import PostgresPeople
from adapters.postgres.belongings import PostgresBelongings
from adapters.postgres.course_titles import PostgresCourseTitles
from adapters.postgres.eraser import PostgresEraser
from adapters.postgres.retained import PostgresRetained
from adapters.postgres.shredder import PostgresShredder
from adapters.postgres.telephones import PostgresTelephones
from adapters.postgres.traces import PostgresTraces
from adapters.postgres.trail.reporting import PostgresTrails
from adapters.postgres.travellers import PostgresTravellers, PostgresUnfinished
from adapters.pyhanko import PadesSigner, of_a_file, of_our_own
from adapters.signed_notes import NoteSeals
from adapters.smtp import Server, SmtpMailer
from adapters.text_outbox import TextOutbox
from adapters.typst import TypstPress, TypstReports
from api.desk import WorkersDesk
from api.doer import DeskDoer
from api.links import PublicLinks
from api.logs import configure
from api.observing import WatchedJobs
from api.proving import proof_keys
from api.schools import Schools
from api.settings import Settings
from api.tracing import tracing
from application.bulk import Desk
from application.jobs import Doer
from application.mail import Invented, Mailer, People
from application.papers import Badges, CourseTitles, Press
from application.ports import (
    Belongings,
    Blind,
    Eraser,
    Files,
    Folders,
    LargeFiles,
    Links,
    Retained,
    Scanner,
    SchoolNames,
    Shredder,
    Telephones,
    TenantSettings,
    Texts,
    Traces,
    Travellers,
    Unfinished,
)
from application.reporting import ReportPress, Seals, Trails
from application.texts import TextReader
from projections.model import models

log = structlog.get_logger()

NICENESS = 5
"""Where processors are short, who waits for an answer comes before jobs."""
GRACE_MS = 30_000
"""How long jobs under way may take to end; one that takes longer is done again by another worker."""


def main(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    os.nice(NICENESS)
    configure(settings, "worker", structlog.contextvars.get_contextvars)
    told = threading.Event()

    def tell(number: int, frame: FrameType | None) -> None:
        del number, frame
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    broker = broker_of(settings.broker_url, settings.dsn("app"), settings.worker_threads)
    traces = tracing(settings.otel_endpoint, "worker")
    broker.add_middleware(WatchedJobs(settings.worker_metrics_port, traces))
    blind = KeyedBlind(settings.vault_key, settings.vault_key_before)
    threads = settings.worker_threads
    files = files_in(settings.files_folder, settings.files_url, settings.file_bytes_max)
    pool = ConnectionPool[Any](
        settings.dsn("app"), min_size=0, max_size=threads, kwargs={"autocommit": True}, open=False
    )
    with (
        Schools(settings.dsn("app"), settings.logs) as schools,
        pool,
        WorkersDesk(settings, blind) as desk,
    ):
        ports: dict[type, Any] = {
            Mailer: mailer(settings),
            People: PostgresPeople(pool, Invented()),
            TenantSettings: schools,
            Blind: blind,
            Links: PublicLinks(schools, settings.public_url),
            SchoolNames: schools,
            Telephones: PostgresTelephones(pool),
            Texts: TextOutbox(settings.outbox_folder / "texts"),
            Shredder: PostgresShredder(pool, settings.vault_remember_s),
            Desk: desk,
            Doer: DeskDoer(desk),
            Files: files,
            Folders: files,
            LargeFiles: files,
            Scanner: scanner(settings.scanner),
            Belongings: PostgresBelongings(pool),
            TextReader: LimitedReader(),
            CourseTitles: PostgresCourseTitles(pool),
            Traces: PostgresTraces(pool),
            Retained: PostgresRetained(pool),
            Eraser: PostgresEraser(pool, settings.dsn("projector"), models()),
            Travellers: PostgresTravellers(pool),
            Unfinished: PostgresUnfinished(pool),
            Press: TypstPress(signer(settings)),
            Trails: PostgresTrails(pool),
            ReportPress: TypstReports(signer(settings)),
            Seals: NoteSeals(settings.proof_name, proof_keys(settings)[0]),
            Badges: OpenBadges(settings.vault_key, settings.vault_key_before),
        }
        declare(broker, ports)
        worker = Worker(broker, worker_threads=settings.worker_threads)
        worker.start()
        kept_in = None if settings.mail_host else str(settings.outbox_folder)
        mail_server = settings.mail_host or None
        log.info("worker.works", threads=settings.worker_threads, mail_server=mail_server, kept_in=kept_in)
        told.wait()
        worker.stop(timeout=GRACE_MS)
    broker.close()
    if traces is not None:
        traces.close()


def signer(settings: Settings) -> PadesSigner:
    """Who signs documents: whose key we were given, or we ourselves."""
    if settings.signing_file is None:
        return of_our_own(settings.vault_key)
    return of_a_file(settings.signing_file, settings.signing_password)


def mailer(settings: Settings) -> Mailer:
    """The mail server that is set up, or the folder that stands in for one."""
    if not settings.mail_host:
        return Outbox(settings.outbox_folder)
    server = Server(
        settings.mail_host, settings.mail_port, settings.mail_tls, settings.mail_user, settings.mail_password
    )
    return SmtpMailer(server, sender(settings.mail_from))
