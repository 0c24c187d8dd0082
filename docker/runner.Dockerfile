# The whole lab with its small components, to run in a pod or a container (docs/kubernetes.md).
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}

ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends iproute2 util-linux nftables conntrack strace nginx-light wrk redis-server \
 && rm -rf /var/lib/apt/lists/*

COPY package.json /opt/timewait-lab/
COPY bin /opt/timewait-lab/bin
COPY dist /opt/timewait-lab/dist
RUN ln -s /opt/timewait-lab/bin/timewait-lab.mjs /usr/local/bin/timewait-lab && chmod +x /opt/timewait-lab/bin/timewait-lab.mjs
ENV HOME=/tmp
WORKDIR /results
ENTRYPOINT ["timewait-lab"]
