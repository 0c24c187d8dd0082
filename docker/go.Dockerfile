# A peer that can run the lab's Go client and server (go-client/). The final image has the program, not the compiler.
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE} AS build
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends golang-go golang-github-go-sql-driver-mysql-dev \
 && rm -rf /var/lib/apt/lists/*
COPY go-client/ /tmp/go-client/
# Libraries come from Debian (/usr/share/gocode): no modules are downloaded.
RUN cd /tmp/go-client \
 && GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=/tmp/go-cache CGO_ENABLED=0 go build -trimpath -o /go-client

FROM ${BASE_IMAGE}
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
 && apt-get install -y --no-install-recommends iproute2 nftables conntrack \
 && rm -rf /var/lib/apt/lists/*

# Next to the agent, which looks for it there.
COPY --from=build /go-client /opt/timewait-lab/
COPY *.cjs /opt/timewait-lab/
ENV HOME=/tmp
WORKDIR /tmp
USER 65534:65534
CMD ["node", "/opt/timewait-lab/agent.cjs"]
