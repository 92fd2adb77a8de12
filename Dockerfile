# Lucida in one image. Without a GPU:
#   docker build -t lucida .
# With one (a driver that knows CUDA 13.0, and the NVIDIA Container Toolkit):
#   docker build -t lucida --build-arg BASE=nvidia/cuda:13.0.1-base-ubuntu24.04 --build-arg DEVICE=cuda .
# MODELS=yes installs the models' packages without a GPU, too. WEIGHTS names what is fetched into the image at once:
#   --build-arg WEIGHTS="apple/DepthPro-hf facebook/sam2.1-hiera-small facebook/maskformer-swin-large-ade"
# Then, for this machine alone:
#   docker run --rm -p 127.0.0.1:8000:8000 -v lucida:/data -e LUCIDA_TRUSTED_NETWORK=1 lucida
# and with --gpus all where there is one. A second volume keeps the weights that are fetched when they are first needed:
#   -v lucida-cache:/opt/lucida/.cache
# docs/security.md says what others may reach; compose.yaml has it with Postgres, Redis and an object storage.
ARG BASE=python:3.12-slim-bookworm
FROM ${BASE}

RUN apt-get update \
    && (command -v python3 >/dev/null || apt-get install -y --no-install-recommends python3) \
    && (python3 -m venv --help >/dev/null && python3 -m ensurepip --version >/dev/null 2>&1 \
        || apt-get install -y --no-install-recommends python3-venv) \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 lucida && mkdir -p /opt/lucida/.cache /data && chown -R lucida:lucida /opt/lucida /data
USER lucida
WORKDIR /opt/lucida

ENV XDG_CACHE_HOME=/opt/lucida/.cache \
    HF_HOME=/opt/lucida/.cache/huggingface \
    PIP_NO_CACHE_DIR=1 \
    npm_config_cache=/tmp/npm

COPY --chown=lucida:lucida . .
ARG DEVICE=cpu
ARG MODELS=no
ARG WEIGHTS=""
ENV LUCIDA_DEVICE=${DEVICE}
RUN python3 start.py --setup-only --cluster $([ "${MODELS}" = yes ] || [ -n "${WEIGHTS}" ] && echo --models) </dev/null \
    && rm -rf web/node_modules /tmp/npm
RUN for model in ${WEIGHTS}; do \
        .venv/bin/hf download --exclude "*.msgpack" --exclude "*.h5" "${model}" || exit 1; \
    done

ENV LUCIDA_DATA_DIR=/data \
    LUCIDA_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
HEALTHCHECK --start-period=60s --interval=30s \
    CMD [".venv/bin/python", "-c", "import urllib.request as u; from lucida.config import get_settings as s; \
         u.urlopen(f'http://127.0.0.1:{s().port}/health', timeout=5)"]
ENTRYPOINT [".venv/bin/lucida"]
CMD ["serve"]
