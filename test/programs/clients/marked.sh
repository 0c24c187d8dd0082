#!/bin/sh
# marked.sh LOG: says in its log whether it inherited the variable by which the tests find what is left of a program.
end=unmarked
[ -n "$TIMEWAIT_LAB_CASE" ] && end=marked
echo "{\"attempts\":0,\"ok\":0,\"errors\":{},\"end\":\"$end\"}" >>"$1"
