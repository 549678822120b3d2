export STRIPE_API_KEY=sk_test_trial
export STRIPE_BASE_URL=http://127.0.0.1:12111
export STRIPE_JS=http://127.0.0.1:12111/_sandbox/fc.js
cargo run
