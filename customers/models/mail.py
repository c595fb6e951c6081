from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.querysets import OutgoingMailQuerySet

LONGEST_SUBJECT = 200  # characters


class MailAttachment(models.Model):
    """A file that goes with mail; one row however many mails carry it."""

    name = models.CharField(_("name"), max_length=100)
    content_type = models.CharField(_("content type"), max_length=100)
    content = models.BinaryField(_("content"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name


class OutgoingMail(models.Model):
    """A mail as a row, written in the transaction of what it tells; the worker delivers it.

    Later the text is deleted with the attachments; receiver, subject and times stay.
    """

    to = models.EmailField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=LONGEST_SUBJECT)
    body = models.TextField(_("text"))
    attachments = models.ManyToManyField(
        MailAttachment, related_name="mails", blank=True, verbose_name=_("attachments")
    )
    # Who reads the text can do what only its receiver may: it is gone as soon as it is sent.
    carries_secret = models.BooleanField(_("carries a secret"), default=False)
    created_at = models.DateTimeField(_("created at"))
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects: ClassVar = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mail")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="outgoing_mail_waiting",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True)
                | models.Q(sent_at__isnull=False, next_attempt_at__isnull=True),
                name="outgoing_mail_sent_waits_no_more",
            )
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"
