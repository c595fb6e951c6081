# One image for web, worker, scheduler and migrations; compose.yaml says which command each runs.
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements/production.txt requirements/
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/production.txt

FROM python:3.13-slim
RUN useradd --system --create-home portal
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=portal.settings.production
# Collecting files asks for settings, not for services: these values end with the step.
RUN python -m portal.local.translations compile \
    && SECRET_KEY=build ALLOWED_HOSTS=build DATABASE_URL=postgresql://build/build \
    REDIS_URL=redis://build/0 PORTAL_ADDRESS=https://build.example MAIL_URL=smtp://build \
    DEFAULT_FROM_EMAIL=build@build.example ADVICE_ADDRESS=build@build.example \
    python manage.py collectstatic --no-input --verbosity 0
USER portal
EXPOSE 8000
CMD ["granian", "--interface=wsgi", "portal.wsgi:application", "--host=0.0.0.0", "--port=8000", \
    "--workers=3", "--blocking-threads=1", "--respawn-failed-workers"]
