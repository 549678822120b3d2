#!/usr/bin/env bash
# Compares our documents with independent tools. A tool that is not installed is skipped with a message.
#
#   npm install openapi-overlays-js@0.2.0   then put node_modules/.bin on the PATH
#   pip install openapi-spec-validator==0.9.0
#
# `overlay.sh --strict` fails on a skipped tool.
set -euo pipefail
cd "$(dirname "$0")/../.."

skipped=0
skip() { echo "skipped: $1 is not installed"; skipped=1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Overlay is a standard: another tool must produce the same document from the same two files.
if command -v overlayjs >/dev/null && command -v node >/dev/null; then
    cargo xtask overlay >"$work/ours.json"
    overlayjs --openapi openapi/slice.json --overlay openapi/overlay.yaml >"$work/theirs.yaml"
    OVERLAYJS=$(command -v overlayjs) node - "$work/ours.json" "$work/theirs.yaml" <<'JS'
const assert = require('node:assert');
const { readFileSync, realpathSync } = require('node:fs');
const { createRequire } = require('node:module');
// The tool prints YAML, which its own reader reads.
const yaml = createRequire(realpathSync(process.env.OVERLAYJS))('yaml');
const [ours, theirs] = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));
const slice = JSON.parse(readFileSync('openapi/slice.json', 'utf8'));
const applied = yaml.parse(theirs);
assert.notDeepStrictEqual(applied, slice, 'the other tool changed nothing');
assert.deepStrictEqual(JSON.parse(ours), applied);
const count = (node) =>
  node !== null && typeof node === 'object' ? Object.values(node).reduce((sum, child) => sum + count(child), 0) : 1;
console.log(`overlay: both tools produce the same document, with ${count(applied)} values; the slice has ${count(slice)}`);
JS
else
    skip overlayjs
fi

# Slices and the normalised document are valid OpenAPI 3.0.
if command -v openapi-spec-validator >/dev/null; then
    openapi-spec-validator openapi/slice.json openapi/normalized.json
    for slice in openapi/history/*.json; do openapi-spec-validator "$slice"; done
else
    skip openapi-spec-validator
fi

if [ "${1:-}" = --strict ]; then exit "$skipped"; fi
