# A peer that can serve with Debian's MariaDB. Its data folder is made when it starts, in memory.
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}

# The core packages: the server and mariadb-install-db (which reads defaults by a client program), no service.
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends iproute2 nftables conntrack mariadb-server-core mariadb-client-core \
 && rm -rf /var/lib/apt/lists/*

COPY *.cjs /opt/timewait-lab/
ENV HOME=/tmp
WORKDIR /tmp
USER 65534:65534
CMD ["node", "/opt/timewait-lab/agent.cjs"]
