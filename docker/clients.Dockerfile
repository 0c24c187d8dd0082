# A peer that can run the catalogue's client programs (clients/): Node, Python, PHP and Java.
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}

ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends iproute2 nftables conntrack \
    python3 python3-requests php-cli php-redis default-jre-headless \
 && rm -rf /var/lib/apt/lists/*

# Next to the agent, which looks for them there.
COPY clients/ /opt/timewait-lab/clients/
COPY *.cjs /opt/timewait-lab/
ENV HOME=/tmp
WORKDIR /tmp
USER 65534:65534
CMD ["node", "/opt/timewait-lab/agent.cjs"]
