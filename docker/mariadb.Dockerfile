# A peer that can run Debian's MariaDB. Its data folder is created in memory when it starts.
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}

# Only the core packages: the server and mariadb-install-db (which uses a client program to read defaults), no service.
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends iproute2 nftables conntrack mariadb-server-core mariadb-client-core \
 && rm -rf /var/lib/apt/lists/*

COPY *.cjs /opt/timewait-lab/
ENV HOME=/tmp
WORKDIR /tmp
USER 65534:65534
CMD ["node", "/opt/timewait-lab/agent.cjs"]
