# A peer: the agent and the small programs that it runs. One image for all roles.
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}

# iproute2: socket states (ss), addresses and routes. nftables, conntrack: rules and the conntrack table.
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends iproute2 nftables conntrack nginx-light wrk \
 && rm -rf /var/lib/apt/lists/*

# Last, because only this changes with the sources.
COPY *.cjs /opt/timewait-lab/
ENV HOME=/tmp
WORKDIR /tmp
USER 65534:65534
CMD ["node", "/opt/timewait-lab/agent.cjs"]
