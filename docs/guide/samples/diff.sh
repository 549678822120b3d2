# What changed for callers between two versions of this repository, checked by the compiler.
cargo xtask diff v0.1.0 HEAD --compile
