#!/usr/bin/env bash
# Reads accounts over 64 connections while 10,000 accounts and 1,000,000 transactions are loaded, with wrk in a process of
# its own, and fails below 10,000 reads a second or above 10 ms at the 99th percentile.
#
#   crates/fc-sandbox/peers/load.sh [seconds] [more arguments of fc-sandbox, such as --data FILE]
#
# Needs wrk and curl. On a busy machine the figures are meaningless.
set -euo pipefail
cd "$(dirname "$0")/../../.."

seconds=${1:-10}
shift $(($# > 0 ? 1 : 0))
command -v wrk >/dev/null || { echo "skipped: wrk is not installed (Debian: apt-get install wrk)"; exit 0; }

cargo build --quiet --release -p fc-sandbox --bin fc-sandbox
scratch=$(mktemp -d)
server=
end() {
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    rm -rf "$scratch"
}
trap end EXIT

# Milliseconds since the epoch.
now() { date +%s%3N; }

started=$(now)
RUST_LOG=${RUST_LOG:-warn} "${CARGO_TARGET_DIR:-target}/release/fc-sandbox" --accounts 10000 --transactions 1000000 "$@" \
    >"$scratch/ready" &
server=$!
until [ -s "$scratch/ready" ]; do
    kill -0 "$server" 2>/dev/null || { echo "fc-sandbox did not start"; exit 1; }
done
ready=$(now)
url=$(sed 's/.*"url":"\([^"]*\)".*/\1/' "$scratch/ready")
api="$url/v1/financial_connections"

get() { curl --fail --silent --show-error --oauth2-bearer sk_test_load "$@"; }

# The first request with a key creates its world.
get "$api/accounts?limit=100" >"$scratch/accounts"
made=$(now)
grep -o '"id":"fca_[^"]*"' "$scratch/accounts" | cut -d'"' -f4 >"$scratch/ids"
count=$(wc -l <"$scratch/ids")
[ "$count" = 100 ] || { echo "expected 100 accounts on the page, and there are $count"; exit 1; }

# Reads the transactions of every account, so that the million is computed and in memory. Each account has a hundred, which
# is one page.
last=
while :; do
    get "$api/accounts?limit=100${last:+&starting_after=$last}" >"$scratch/page"
    grep -o '"id":"fca_[^"]*"' "$scratch/page" | cut -d'"' -f4 >"$scratch/page-ids"
    last=$(tail -1 "$scratch/page-ids")
    sed "s|.*|url = \"$api/transactions?limit=100\&account=&\"|" "$scratch/page-ids" >"$scratch/urls"
    get --config "$scratch/urls" | { grep -o '"object":"financial_connections.transaction"' || true; } | wc -l >>"$scratch/loaded"
    grep -q '"has_more":true' "$scratch/page" || break
done
loaded=$(awk '{ sum += $1 } END { print sum }' "$scratch/loaded")
[ "$loaded" = 1000000 ] || { echo "expected 1000000 transactions, and there are $loaded"; exit 1; }
memory=$(awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$server/status" 2>/dev/null || echo '?')

cat >"$scratch/read.lua" <<LUA
local ids = {}
for id in io.lines("$scratch/ids") do ids[#ids + 1] = id end
wrk.headers["Authorization"] = "Bearer sk_test_load"
local next = 0
request = function()
    next = next % #ids + 1
    return wrk.format("GET", "/v1/financial_connections/accounts/" .. ids[next])
end
done = function(summary, latency, requests)
    local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
    io.write(string.format("RESULT %.0f %.0f %d\n", summary.requests / summary.duration * 1e6, latency:percentile(99), failed))
end
LUA
wrk --threads 1 --connections 64 --duration 2s --script "$scratch/read.lua" "$url" >/dev/null
wrk --threads 1 --connections 64 --duration "${seconds}s" --latency --script "$scratch/read.lua" "$url" | tee "$scratch/wrk"

read -r _ rate p99 failed < <(grep '^RESULT' "$scratch/wrk")
echo "start $((ready - started)) ms, first request (makes 10,000 accounts) $((made - ready)) ms, $memory MiB with 1,000,000 transactions"
echo "$rate account reads/s, p99 $p99 µs, $failed failed"
[ "$((ready - started))" -lt 2000 ] && [ "$rate" -ge 10000 ] && [ "$p99" -lt 10000 ] && [ "$failed" = 0 ]
