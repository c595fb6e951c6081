"""The entitlement check as one writes it first, in Django REST framework: serializers of models.

It answers less: no plans, no user plans, no ETag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.generics import RetrieveAPIView
from rest_framework.renderers import JSONRenderer

from billing.metering.operations import credentials
from customers import clock
from customers.models import Tenant
from subscriptions.models import Subscription

if TYPE_CHECKING:
    from rest_framework.request import Request


class ByCredential(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Any]:
        secret = request.headers["Authorization"].removeprefix("Bearer ")
        credential = credentials.recognise(secret, at=clock.now())
        if credential is None:
            raise AuthenticationFailed
        return AnonymousUser(), credential


class _Licence(serializers.ModelSerializer[Subscription]):
    capabilities = serializers.ListField(source="product_version.capabilities")

    class Meta:
        model = Subscription
        fields = ("capabilities", "starts_at", "ends_at")


class _Entitlements(serializers.ModelSerializer[Tenant]):
    licences = serializers.SerializerMethodField()

    class Meta:
        model = Tenant
        fields = ("id", "identifier", "environment", "state", "crm_version", "licences")

    def get_licences(self, tenant: Tenant) -> Any:
        found = Subscription.objects.serving(tenant).in_force_at(clock.now())
        return _Licence(found.select_related("product_version"), many=True).data


class Plain(RetrieveAPIView[Tenant]):
    authentication_classes = (ByCredential,)
    permission_classes = ()
    renderer_classes = (JSONRenderer,)
    serializer_class = _Entitlements
    queryset = Tenant.objects.all()
