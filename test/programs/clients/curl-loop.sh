#!/bin/sh
# curl-loop.sh URL COUNT LOG: a process and a connection for every request, as a cron job or a probe makes them.
url=$1 count=$2 log=$3
attempts=0 ok=0 unavailable=0 others=0
record() {
  echo "{\"attempts\":$attempts,\"ok\":$ok,\"errors\":{\"EADDRNOTAVAIL\":$unavailable,\"EUNKNOWN\":$others},\"end\":\"$1\"}" >>"$log"
}
while [ "$attempts" -lt "$count" ]; do
  attempts=$((attempts + 1))
  if said=$(curl --silent --verbose --max-time 2 --output /dev/null "$url" 2>&1); then
    ok=$((ok + 1))
    continue
  fi
  case $said in
    *'Cannot assign requested address'*)
      unavailable=$((unavailable + 1))
      [ "$unavailable" -gt 1 ] || record running
      ;;
    *) others=$((others + 1)) ;;
  esac
done
record done
