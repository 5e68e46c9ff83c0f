FROM python:3.13-slim AS built
COPY requirements.lock /annals/
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /annals/requirements.lock

FROM python:3.13-slim
RUN useradd --system --home-dir /annals annals && install -d -o annals -g annals /annals/data /annals/backups
COPY --from=built /venv /venv
WORKDIR /annals
COPY domain domain
COPY application application
COPY projections projections
COPY adapters adapters
COPY api api
ENV PATH=/venv/bin:$PATH PYTHONPATH=/annals PYTHONUNBUFFERED=1 ANNALS_HOST=0.0.0.0
USER annals
ENTRYPOINT ["python", "-m", "api.cli"]
CMD ["api"]
