# A peer that can serve with Debian's MariaDB. Its data folder is made when it starts, in memory.
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}

# The core package: the server and mariadb-install-db, without a service and a database of its own.
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends iproute2 nftables conntrack mariadb-server-core \
 && rm -rf /var/lib/apt/lists/*

COPY *.cjs /opt/timewait-lab/
ENV HOME=/tmp
WORKDIR /tmp
USER 65534:65534
CMD ["node", "/opt/timewait-lab/agent.cjs"]
