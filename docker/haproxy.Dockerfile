# A peer that can run Debian's haproxy.
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}

# policy-rc.d: keeps the package from starting a server while the image is built.
ARG DEBIAN_FRONTEND=noninteractive
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d \
 && apt-get update \
 && apt-get install -y --no-install-recommends iproute2 nftables conntrack haproxy \
 && rm -rf /var/lib/apt/lists/*

COPY *.cjs /opt/timewait-lab/
ENV HOME=/tmp
WORKDIR /tmp
USER 65534:65534
CMD ["node", "/opt/timewait-lab/agent.cjs"]
