# Footnote as a container: slim, without root, for amd64 and arm64 by the same file.
#   docker build -t footnote .
#   docker buildx build --platform linux/amd64,linux/arm64 -t footnote .
# How to run it, behind a proxy too: docs/deploy.md. `python docs/deploy/without_engine.py` runs its steps without one.
ARG PYTHON=3.12
FROM python:${PYTHON}-slim AS build
WORKDIR /src
RUN python -m venv /opt/footnote
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 LOCKED="--no-deps --no-build-isolation --require-hashes"
COPY lock lock
RUN /opt/footnote/bin/python -m pip install $LOCKED -r lock/build.txt
# PyTorch's own index has it without CUDA, some 2 GB less. PyPI's, for graphics cards: TORCH_INDEX= and CUDA=yes.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG CUDA=
RUN /opt/footnote/bin/python -m pip download --no-deps -d torch ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} "$(sed -n 's/^\(torch==[0-9.]*\).*/\1/p' lock/torch.txt)" && /opt/footnote/bin/python -m pip install $LOCKED --no-index --find-links torch -r lock/torch.txt && rm -r torch
RUN /opt/footnote/bin/python -m pip install $LOCKED -r lock/run.txt -r lock/server.txt ${CUDA:+-r lock/cuda.txt}
COPY pyproject.toml README.md LICENSE ./
COPY ingest ingest
COPY rag rag
COPY prompts prompts
COPY ui ui
COPY evals evals
RUN /opt/footnote/bin/python -m pip install --no-deps --no-build-isolation . && /opt/footnote/bin/python -m pip check

FROM python:${PYTHON}-slim
COPY --from=build /opt/footnote /opt/footnote
RUN useradd --uid 10001 --no-create-home --home-dir /data footnote && install -d -o footnote -m 700 /data
ENV PATH=/opt/footnote/bin:$PATH FOOTNOTE_HOME=/data FOOTNOTE_HOST=0.0.0.0 FOOTNOTE_PORT=7860 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HF_HUB_OFFLINE=1
USER 10001
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['FOOTNOTE_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["footnote"]
CMD ["serve"]
