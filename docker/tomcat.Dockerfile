# A peer that can run Debian's Tomcat. Separate from the lab image because the JRE takes 200 MB.
ARG NODE_IMAGE=node:22-bookworm-slim
ARG BASE_IMAGE=debian:bookworm-slim
FROM ${NODE_IMAGE} AS node

FROM ${BASE_IMAGE}
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends iproute2 nftables conntrack libstdc++6 tomcat10 default-jre-headless \
 && rm -rf /var/lib/apt/lists/*

COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY *.cjs /opt/timewait-lab/
ENV HOME=/tmp
WORKDIR /tmp
USER 65534:65534
CMD ["node", "/opt/timewait-lab/agent.cjs"]
