# 1. See what a new version would bring. Nothing is written.
cargo xtask update --spec spec3.json --sdk-spec spec3.sdk.json --dry-run
# 2. Take it: slice, pin and generated crates change together, or not at all.
cargo xtask update --spec spec3.json --sdk-spec spec3.sdk.json --compile --report report.md
# 3. Describe what is new in openapi/overlay.yaml, and render again.
cargo xtask generate
# 4. Nothing may differ from what the generator writes.
cargo xtask check
