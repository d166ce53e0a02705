//! One binary for every integration test, so that it compiles once.
